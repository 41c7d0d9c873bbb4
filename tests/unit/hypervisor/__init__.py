"""The pretended libvirt host keeps what the real one was seen to do."""
