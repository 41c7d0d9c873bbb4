"""A libvirt host for tests that need none: a program `virsh` whose state is in files.

`hypervisor` is for tests, the rest is the program; it imports little, so that it starts at once.
"""
