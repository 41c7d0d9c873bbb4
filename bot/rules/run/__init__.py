"""A run: its journal, its states, and what to do next."""
