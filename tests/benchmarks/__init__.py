"""Measurements against the stated bounds; `make bench` runs them, `make test` does not.

A benchmark is a module here with a function `tables()`; `python -m tests.benchmarks NAME` runs it.
"""
