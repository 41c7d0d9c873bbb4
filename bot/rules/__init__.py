"""The rules of maintenance: pure, standard library only, no I/O and no clock.

Values are frozen dataclasses; decisions are functions that return data. Time is an argument.
"""
