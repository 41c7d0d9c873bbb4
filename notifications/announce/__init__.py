"""Posts to the mailing list: finished, signed, and followed until they are published."""
