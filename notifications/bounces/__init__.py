"""What comes back: reports of mail that did not arrive, read from a Maildir."""
