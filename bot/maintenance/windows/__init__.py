"""Maintenance windows: when they are, who is told, and what is done at the hour."""
