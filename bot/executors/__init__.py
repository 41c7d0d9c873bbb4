"""Executors: the ways to act on a host. Each keeps the port HostExecutor; only `app` chooses."""
