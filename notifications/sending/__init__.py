"""Sending: pure decisions (`retry`, `stop`, `outcome`), and thin loops that obey them."""
