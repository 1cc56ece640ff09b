"""What is compiled once for all applications of this process, as for the one of a real server: rules, SQL, templates.

Compiling is half of what a short test costs, and its result depends on nothing that a test may change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from jinja2 import BytecodeCache
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from jinja2.bccache import Bucket
    from sqlalchemy.engine import Connection, Engine


class RememberedRule(Rule):
    """A rule takes its URL builders from the first rule of the process that read the same."""

    held: dict[tuple[object, ...], Any] = {}  # noqa: RUF012 - one for all rules

    def _compile_builder(self, append_unknown: bool = True) -> Any:
        defaults = tuple(sorted((self.defaults or {}).items()))
        written = (self.rule, self.subdomain, self.host, defaults, self.merge_slashes, append_unknown)
        if written not in self.held:
            self.held[written] = super()._compile_builder(append_unknown)
        return self.held[written]


class CompiledTemplates(BytecodeCache):
    """The bytecode of templates, by their name and content."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._held:
            bucket.bytecode_from_string(self._held[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._held[bucket.key] = bucket.bytecode_to_string()


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
    from webapp.web.application import Application

    Application.url_rule_class = RememberedRule
    for name, dialect in {
        "sqlite": SharedSqlite,
        "sqlite.pysqlite": SharedSqlite,
        "postgresql.psycopg": SharedPostgres,
    }.items():
        registry.register(name, __name__, dialect.__name__)
    return TEMPLATES


TEMPLATES = CompiledTemplates()
