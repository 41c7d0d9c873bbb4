"""What the bot serves over HTTP: one server for the whole process."""
