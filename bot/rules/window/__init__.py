"""Maintenance windows as values: when they are, what is due, and what stands in their way."""
