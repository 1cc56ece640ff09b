"""Tables of accounts, addresses and roles."""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ColumnElement, Computed, ForeignKey, Index, String, or_, text
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.scopes import opens_administration
from webapp.config import current_settings
from webapp.infra.database import Base

# Keys are compared by their bytes on every database, so that an index finds whatever begins with some letters.
_USERNAME_KEY = String(40).with_variant(String(40, collation="C"), "postgresql")
_ADDRESS_KEY = String(254).with_variant(String(254, collation="C"), "postgresql")

TRAITS: Final = {
    "locked_at": 1,
    "verified_at": 2,
    "deletion_due_at": 4,
    "second_factor_since": 8,
    "last_signed_in_at": 16,
}
_TRAITS_IN_SQL = " + ".join(
    f"(CASE WHEN {name} IS NULL THEN 0 ELSE {bit} END)" for name, bit in TRAITS.items()
)


def scopes_in_force(
    granted: frozenset[str], *, is_verified: bool, lacks_required_factor: bool = False
) -> frozenset[str]:
    """Who has not verified an address, or lacks the second factor that a role of theirs requires, is held back to
    their own profile, whatever their roles grant.
    """
    is_held_back = lacks_required_factor or not is_verified
    return granted & {"read:profile", "write:profile"} if is_held_back else granted


def lacks_required_factor(
    roles: Iterable[str], *, has_second_factor: bool, required_for: Container[str]
) -> bool:
    """Whether one of these roles requires a second factor (REQUIRE_MFA_FOR) and there is none yet."""
    return not has_second_factor and any(each in required_for for each in roles)


class Account(Base):
    """One person's record. `version` grows with each change by a form, so that a stale form is noticed."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    username: Mapped[str] = mapped_column(String(40))
    username_key: Mapped[str] = mapped_column(_USERNAME_KEY, unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    # Null until a password was chosen; a null never matches anything.
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_scheme: Mapped[str | None] = mapped_column(String(32))
    pepper_version: Mapped[str | None] = mapped_column(String(16))
    password_changed_at: Mapped[datetime | None]
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    locked_at: Mapped[datetime | None]
    lock_reason: Mapped[str | None] = mapped_column(String(200))
    # When maintenance opens it again; null: only an administrator does.
    locked_until: Mapped[datetime | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    last_signed_in_at: Mapped[datetime | None]
    # Since when at least one second factor is confirmed; the factors themselves are the business of factors/.
    second_factor_since: Mapped[datetime | None]
    factor_failures_in_a_row: Mapped[int] = mapped_column(default=0)
    # The present password opens nothing any more: whoever owns the account chooses another by a reset link.
    password_voided_at: Mapped[datetime | None]
    # When it was last taken back from whoever else may have been in it: what is older is trusted less.
    secured_at: Mapped[datetime | None]
    # When maintenance deletes the account, unless its owner comes back before.
    deletion_due_at: Mapped[datetime | None] = mapped_column(index=True)
    # The administrator who had it deleted: then only an administrator restores it. Null: its owner asked.
    deletion_actor_id: Mapped[str | None] = mapped_column(String(26))
    version: Mapped[int] = mapped_column(default=1)
    # Since when at least one address is verified; kept by search_index as addresses change.
    verified_at: Mapped[datetime | None]
    # What lists filter by, a bit for each (see TRAITS), kept by the database: an index finds any combination of them.
    traits: Mapped[int] = mapped_column(
        Computed(_TRAITS_IN_SQL, persisted=True), nullable=True, deferred=True
    )

    emails: Mapped[list[EmailAddress]] = relationship(
        back_populates="account", order_by="EmailAddress.created_at"
    )
    roles: Mapped[list[Role]] = relationship(secondary="account_roles", order_by="Role.name")

    __table_args__ = (
        CheckConstraint("(password_hash IS NULL) = (password_scheme IS NULL)", name="password_whole"),
        Index("ix_accounts_created_at_id", "created_at", "id"),
        Index("ix_accounts_locked_at", "locked_at"),
        Index("ix_accounts_last_signed_in_at_id", "last_signed_in_at", "id"),
        Index("ix_accounts_traits_created_at", "traits", "created_at", "id"),
        Index("ix_accounts_traits_username_key", "traits", "username_key"),
        Index("ix_accounts_traits_last_signed_in_at", "traits", "last_signed_in_at", "id"),
    )

    @property
    def is_locked(self) -> bool:
        """Whether an administrator has locked this account."""
        return self.locked_at is not None

    @hybrid_property
    def is_shut(self) -> bool:
        """Whether nobody may be in it: locked, or about to be deleted because an administrator had it deleted.

        Here and in SQL the one fact by which a sign-in, every open session and every token is refused.
        """
        return self.locked_at is not None or self.deletion_actor_id is not None

    @is_shut.inplace.expression
    @classmethod
    def _is_shut_in_sql(cls) -> ColumnElement[bool]:
        return or_(cls.locked_at.is_not(None), cls.deletion_actor_id.is_not(None))

    @property
    def email(self) -> EmailAddress | None:
        """The address in use: a verified one before a claimed one."""
        return next(
            (each for each in self.emails if each.verified_at), self.emails[0] if self.emails else None
        )

    @property
    def is_verified(self) -> bool:
        """Whether an address of theirs is proven."""
        return any(each.verified_at for each in self.emails)

    @property
    def role_names(self) -> list[str]:
        """Names of the roles held, sorted."""
        return [role.name for role in self.roles]

    @property
    def scopes(self) -> frozenset[str]:
        """What the roles held now grant."""
        granted = frozenset(each.scope for role in self.roles for each in role.scopes)
        return scopes_in_force(
            granted, is_verified=self.is_verified, lacks_required_factor=self.lacks_required_factor
        )

    @property
    def has_administration(self) -> bool:
        """Whether a role held opens anything in the administration, be it in force or not: its sessions are short."""
        return any(opens_administration(each.scope) for role in self.roles for each in role.scopes)

    @property
    def lacks_required_factor(self) -> bool:
        """Whether a role held requires a second factor that is not there yet."""
        return lacks_required_factor(
            self.role_names,
            has_second_factor=self.second_factor_since is not None,
            required_for=current_settings().require_mfa_for,
        )


class EmailAddress(Base):
    """An address somebody claims. Only a verified one is theirs: a mere claim reserves nothing."""

    __tablename__ = "email_addresses"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(_ADDRESS_KEY, index=True)
    verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    account: Mapped[Account] = relationship(back_populates="emails")

    __table_args__ = (
        Index(
            "uq_email_addresses_verified",
            "address_key",
            unique=True,
            sqlite_where=text("verified_at IS NOT NULL"),
            postgresql_where=text("verified_at IS NOT NULL"),
        ),
    )


class FormerAddress(Base):
    """A verified address that was replaced by another: kept for its owner for a while, who may undo the change."""

    __tablename__ = "former_addresses"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(_ADDRESS_KEY, unique=True)
    replaced_at: Mapped[datetime]
    kept_until: Mapped[datetime] = mapped_column(index=True)


class Role(Base):
    """A named set of scopes. Built-in roles cannot be renamed or removed."""

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    description: Mapped[str] = mapped_column(String(200))
    built_in: Mapped[bool] = mapped_column(default=False)

    scopes: Mapped[list[RoleScope]] = relationship(order_by="RoleScope.scope", lazy="selectin")


class RoleScope(Base):
    """One scope that a role grants."""

    __tablename__ = "role_scopes"

    role_name: Mapped[str] = mapped_column(ForeignKey("roles.name", ondelete="CASCADE"), primary_key=True)
    scope: Mapped[str] = mapped_column(String(80), primary_key=True)


class AccountRole(Base):
    """A role held by an account."""

    __tablename__ = "account_roles"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    role_name: Mapped[str] = mapped_column(ForeignKey("roles.name"), primary_key=True, index=True)
