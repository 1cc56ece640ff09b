"""What is compiled once for all applications of this process, as for the one of a real server: routes, SQL, templates.

Compiling is half of what a short test costs, and its result depends on nothing that a test may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from jinja2 import BytecodeCache
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from tests.servers.shared_routes import SharedRoutes

if TYPE_CHECKING:
    from types import CodeType

    from jinja2.bccache import Bucket
    from sqlalchemy.engine import Connection, Engine


class CompiledTemplates(BytecodeCache):
    """The code of templates, by their name and content."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._held.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._held[bucket.key, bucket.checksum] = bucket.code


class OneOfItsKind:
    """A dialect that all engines of the process share, with the statements it compiled.

    It knows the kind of server, asked at the first connection, and no database, connection or transaction.
    """

    instances: dict[tuple[object, ...], Any] = {}  # noqa: RUF012 - one for all dialects
    statements: dict[Any, Any] = {}  # noqa: RUF012 - the key names the dialect too

    def __new__(cls, **options: object) -> Self:
        wanted = (cls, tuple(sorted((name, str(value)) for name, value in options.items())))
        if wanted not in cls.instances:
            cls.instances[wanted] = super().__new__(cls)
        instance: Self = cls.instances[wanted]
        return instance

    def __init__(self, **options: Any) -> None:
        if not hasattr(self, "was_made"):
            super().__init__(**options)
            self.was_made, self.was_asked = True, False

    def initialize(self, connection: Connection) -> None:
        if not self.was_asked:
            super().initialize(connection)  # type: ignore[misc]  # of the dialect it is mixed into
            self.was_asked = True

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=cls.statements)


class SharedSqlite(OneOfItsKind, SQLiteDialect_pysqlite):
    supports_statement_cache = True


class SharedPostgres(OneOfItsKind, PGDialect_psycopg):
    supports_statement_cache = True


def compile_once() -> CompiledTemplates:
    """Let every application made from now on share what is compiled; its `jinja_env` needs the cache returned."""
    from webapp import edges

    if not isinstance(edges.register_routes, SharedRoutes):
        edges.register_routes = SharedRoutes(edges.register_routes)
    for name, dialect in {
        "sqlite": SharedSqlite,
        "sqlite.pysqlite": SharedSqlite,
        "postgresql.psycopg": SharedPostgres,
    }.items():
        registry.register(name, __name__, dialect.__name__)
    return TEMPLATES


TEMPLATES = CompiledTemplates()
