"""From a kind, values and a mailbox to the finished bytes of a mail."""
