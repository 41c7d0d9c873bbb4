"""The rows that say what is to be sent and what became of it: each function is one transaction.

A delivery goes from hand to hand only here: claimed by a worker, begun, settled, recovered.
"""
