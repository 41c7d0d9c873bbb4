"""Maintenance of hosts: thin loops that obey the rules, and the words that tell of it."""
