"""Chat: commands, their handlers, and how answers look; each chat is a sibling here."""
