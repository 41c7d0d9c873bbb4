"""Slack as a chat: how messages look there, and the way to and from it."""
