"""A cursor for PostgreSQL that sends one statement at a time. Imported only where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable


class OneByOne(psycopg.Cursor[Any]):
    """Without pipelines, in which a session counts as active while its server waits for it.

    A process that froze in one would keep its locks for ever: the time limit for what stands
    still in a transaction is only for sessions that are idle.
    """

    def executemany(
        self,
        query: Any,  # noqa: ANN401 - as the library has it
        params_seq: Iterable[Any],
        *,
        returning: bool = False,
    ) -> None:
        """Execute *query* with each of *params_seq*; what they return is not kept."""
        if returning:
            raise NotImplementedError
        for parameters in params_seq:
            self.execute(query, parameters)
