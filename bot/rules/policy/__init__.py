"""The policy: what is known of kernels and restores, and what is decided from it."""
