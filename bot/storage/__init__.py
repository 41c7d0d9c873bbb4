"""What must not be forgotten, in SQLite or PostgreSQL: the implementation of `bot.ports.Store`.

`opening` opens a database, `store` is the port, and each subject has a module of functions that
work inside one transaction. Rows stay here: values of `bot.ports` and `bot.rules` go in and out.
"""

from bot.storage.keyfile import signing_key
from bot.storage.opening import open_store
from bot.storage.store import DatabaseStore

__all__ = ["DatabaseStore", "open_store", "signing_key"]
