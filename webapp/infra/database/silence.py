"""A PostgreSQL that has fallen silent is given up: no wait without an end.

`statement_timeout` is the server's own: one that hangs, or that the network has lost, keeps nobody's time. Without this
each request that is on its way there would hold its thread until the network gives up, a quarter of an hour later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from psycopg import Connection, OperationalError
from psycopg.pq import TransactionStatus

from webapp.core import clock

if TYPE_CHECKING:
    from psycopg.abc import PQGen

Result = TypeVar("Result")
# Longer than any statement may take (statement_timeout), and shorter than nginx waits for a node (20 seconds).
ANSWER_SECONDS: Final = 16.0
# Who was given no answer does not wait for a new connection too.
_PAUSE_SECONDS: Final = 1.0


class DatabaseSilent(OperationalError):
    """The server has not said a word for longer than any statement may take. The connection is closed."""


class ServedConnection(Connection[Any]):
    """Waits as long as `patience` says for each answer; None is without an end, for commands, whose work may last."""

    patience: ClassVar[float | None] = None
    silent_at: ClassVar[float] = float("-inf")

    def wait(self, gen: PQGen[Result], interval: float = 0.1, timeout: float | None = None) -> Result:
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except OperationalError as failure:
            # Anything that the server itself has said ends the statement.
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise
            self.pgconn.finish()
            ServedConnection.silent_at = clock.monotonic()
            raise DatabaseSilent("the database has not answered in time") from failure


def open_connection(*arguments: Any, **options: Any) -> ServedConnection:
    """As `psycopg.connect`. Raises OperationalError at once where the database has been silent a moment ago."""
    if clock.monotonic() - ServedConnection.silent_at < _PAUSE_SECONDS:
        raise OperationalError("the database was silent a moment ago")
    return ServedConnection.connect(*arguments, **options)
