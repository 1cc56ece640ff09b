"""The console: jobs, settings kept in the database, the sealed audit trail with its summaries, two more roles.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BATCH = 5_000
_ROLES = (
    ("auditor", "Looks at everything in the administration and changes nothing.", ("admin:read",)),
    (
        "support",
        "Looks at everything, unlocks accounts, ends sessions and sends reset links.",
        ("admin:read", "admin:support"),
    ),
)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _id(name: str = "id", *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=26), nullable=nullable)


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("accounts", _moment("locked_until"))
    op.add_column("accounts", _id("deletion_actor_id", nullable=True))
    op.create_index("ix_accounts_locked_until", "accounts", ["locked_until"])

    _extend_audit_trail()

    op.create_table(
        "audit_segments",
        sa.Column("id", _number(), autoincrement=False, nullable=False),
        sa.Column("first_event_id", _number(), nullable=False),
        sa.Column("last_event_id", _number(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        _moment("sealed_at", nullable=False),
        _moment("last_event_at", nullable=False),
        sa.Column("events_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("previous_head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=43), nullable=False),
        sa.Column("signature", sa.LargeBinary(length=64), nullable=False),
        _moment("cut_at"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_segments"),
    )
    op.create_table(
        "audit_hours",
        _moment("hour", nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "name", "result", name="pk_audit_hours"),
    )
    op.create_table(
        "figures",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        _moment("counted_at", nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_figures"),
    )
    op.create_table(
        "kept_settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _moment("changed_at", nullable=False),
        _id("changed_by", nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_kept_settings"),
    )
    _make_jobs()

    roles = sa.table("roles", sa.column("name"), sa.column("description"), sa.column("built_in"))
    scopes = sa.table("role_scopes", sa.column("role_name"), sa.column("scope"))
    op.bulk_insert(roles, [{"name": n, "description": d, "built_in": True} for n, d, _ in _ROLES])
    op.bulk_insert(scopes, [{"role_name": n, "scope": s} for n, _, granted in _ROLES for s in granted])
    op.bulk_insert(scopes, [{"role_name": "administrator", "scope": "admin:support"}])


def _extend_audit_trail() -> None:
    op.add_column("audit_events", sa.Column("address_bits", sa.LargeBinary(length=16), nullable=True))
    op.drop_index("ix_audit_events_name", "audit_events")
    op.create_index("ix_audit_events_name_id", "audit_events", ["name", "id"])
    op.create_index("ix_audit_events_address_bits_id", "audit_events", ["address_bits", "id"])
    op.create_index("ix_audit_events_request_id_id", "audit_events", ["request_id", "id"])
    op.create_index(
        "ix_audit_events_failure_id",
        "audit_events",
        ["id"],
        sqlite_where=sa.text("result = 'failure'"),
        postgresql_where=sa.text("result = 'failure'"),
    )
    if op.get_context().as_sql:
        return
    events = sa.table("audit_events", sa.column("id"), sa.column("address"), sa.column("address_bits"))
    connection, last = op.get_bind(), 0
    while True:
        query = sa.select(events.c.id, events.c.address).where(events.c.id > last)
        rows = connection.execute(query.order_by(events.c.id).limit(_BATCH)).all()
        if not rows:
            return
        last = rows[-1].id
        bits = [{"key": row.id, "bits": _bits(row.address)} for row in rows if row.address]
        if bits:
            change = sa.update(events).where(events.c.id == sa.bindparam("key"))
            connection.execute(change.values(address_bits=sa.bindparam("bits")), bits)


def _bits(address: str) -> bytes | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found.packed if isinstance(found, IPv6Address) else b"\x00" * 10 + b"\xff\xff" + found.packed


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        _id(),
        sa.Column("kind", sa.String(length=40), nullable=False),
        _id("actor_id", nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("started_at"),
        _moment("due_at"),
        _moment("claimed_until"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        _moment("stop_asked_at"),
        _moment("finished_at"),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_due_at", "jobs", ["due_at"])
    op.create_index("ix_jobs_created_at_id", "jobs", ["created_at", "id"])
    op.create_table(
        "job_items",
        _id("job_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=254), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_items_job_id_jobs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_items"),
    )
    op.create_index(
        "ix_job_items_refused",
        "job_items",
        ["job_id", "number"],
        sqlite_where=sa.text("note IS NOT NULL"),
        postgresql_where=sa.text("note IS NOT NULL"),
    )
    op.create_table(
        "job_files",
        _id("job_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_files_job_id_jobs", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_job_files"),
    )


def downgrade() -> None:
    _lock_the_deleted()
    _undo_seals()
    connection = op.get_bind()
    for name, _, _ in _ROLES:
        for table in ("account_roles", "role_scopes"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE role_name = :name"), {"name": name})  # noqa: S608
        connection.execute(sa.text("DELETE FROM roles WHERE name = :name"), {"name": name})
    connection.execute(sa.text("DELETE FROM role_scopes WHERE scope = 'admin:support'"))
    for table in ("job_files", "job_items", "jobs", "kept_settings", "figures", "audit_hours", "audit_segments"):
        op.drop_table(table)
    for index in ("failure_id", "request_id_id", "address_bits_id", "name_id"):
        op.drop_index(f"ix_audit_events_{index}", "audit_events")
    op.create_index("ix_audit_events_name", "audit_events", ["name"])
    op.drop_column("audit_events", "address_bits")
    op.drop_index("ix_accounts_locked_until", "accounts")
    op.drop_column("accounts", "deletion_actor_id")
    op.drop_column("accounts", "locked_until")


def _lock_the_deleted() -> None:
    """Whom an administrator had deleted stays out. What is left knows of owners' wishes alone, which this was not:
    to delete them is for administrators to do again.
    """
    names = ("locked_at", "lock_reason", "deletion_due_at", "deletion_actor_id")
    accounts = sa.table("accounts", *map(sa.column, names))
    is_ordered = accounts.c.deletion_actor_id.is_not(None)
    lock = {"locked_at": sa.func.current_timestamp(), "lock_reason": "Deleted by an administrator"}
    op.execute(sa.update(accounts).where(is_ordered, accounts.c.locked_at.is_(None)).values(lock))
    op.execute(sa.update(accounts).where(is_ordered).values(deletion_due_at=None))


def _undo_seals() -> None:
    """Events of segments that are there no more count as not yet sealed, for when the console comes back."""
    if op.get_context().as_sql:
        return
    events = sa.table("audit_events", sa.column("id"), sa.column("sealed_in"))
    connection, last = op.get_bind(), 0
    is_sealed = events.c.sealed_in.is_not(None)
    while True:
        query = sa.select(events.c.id).where(is_sealed, events.c.id > last)
        ids = connection.execute(query.order_by(events.c.id).limit(_BATCH)).scalars().all()
        if not ids:
            return
        last = ids[-1]
        change = sa.update(events).where(is_sealed, events.c.id.between(ids[0], last))
        connection.execute(change.values(sealed_in=None))
