"""Ways to where mail goes, behind the ports `Transport` and `Session`."""
