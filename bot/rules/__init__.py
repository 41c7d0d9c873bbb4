"""The rules of maintenance: pure, standard library only, no I/O and no clock.

Values are frozen dataclasses; decisions are functions that return data. Time is an argument.

Here are the values that all share; `policy` decides on a guest, `plan` on a host before anything
is touched, `run` on what to do next. Each package's `terms` has its words.
"""
