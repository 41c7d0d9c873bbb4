"""The host helper `maint-host`: the one file that runs on hosts, and all that the bot's key may do.

Python 3.9 or newer and its standard library, nothing else: it is built into one file (`maint host
build`) and imports nothing of the bot. It speaks JSON, one line for a question and one for its
answer (`session`), acts under operation ids that make repeating harmless (`gate`), and knows each
hypervisor by a small dialect (`dialects`).
"""
