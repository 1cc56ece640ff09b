"""Checks of what people rely on day by day: signing keys, the trail, administrators, backups."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from webapp.admin.health_strip import of_keys, of_seal, span
from webapp.ops.self_audit.findings import Check, Finding, Group, failed, passed, warned, worse_in_production
from webapp.ops.self_audit.stored import Stored

if TYPE_CHECKING:
    from webapp.admin.health_strip import Health
    from webapp.ops.self_audit.evidence import Evidence

_OLD_VERIFICATION: Final = timedelta(days=31)
_OLD_BACKUP: Final = timedelta(days=2)
_DEAD_BACKUP: Final = timedelta(days=14)


def check_signing_key(evidence: Evidence) -> Finding:
    return _as_finding(
        of_keys(evidence.of(Stored).keys, evidence.visit.moment),
        f"See docs/keys.md: {evidence.settings.command('keys list')}, and keys rotate.",
    )


def check_rotation(evidence: Evidence) -> Finding:
    if evidence.settings.key_rotation_interval is None:
        return warned(
            "No change of the signing key is scheduled: one that leaks unnoticed stays good.",
            "Set KEY_ROTATION_INTERVAL, such as 7776000 for 90 days. Nobody is signed out by a change.",
        )
    return passed(f"A new key takes over every {span(evidence.settings.key_rotation_interval)} by itself.")


def check_sealed(evidence: Evidence) -> Finding:
    """That every private key lies under the present ENCRYPTION_KEY."""
    held = [each for each in evidence.of(Stored).keys if each.state in {"next", "current"}]
    if any(each.seal == "unreadable" for each in held):
        return failed(
            "A signing key does not open with ENCRYPTION_KEY.",
            "Set its former value again, or name it in ENCRYPTION_KEY_FALLBACKS.",
        )
    if any(each.seal == "former" for each in held):
        return warned(
            "A signing key is still sealed under a former ENCRYPTION_KEY.",
            f"Run: {evidence.settings.command('secrets reseal')}",
        )
    return passed("Signing keys are sealed under the present ENCRYPTION_KEY.")


def check_trail(evidence: Evidence) -> Finding:
    stored = evidence.of(Stored)
    health = of_seal(stored.first_unsealed_at, evidence.visit.moment, is_replaced=stored.is_replaced)
    return _as_finding(
        health,
        f"See that a server or {evidence.settings.command('maintenance')} runs, which seals the trail, and look "
        f"through it with: {evidence.settings.command('audit verify')}",
    )


def check_verification(evidence: Evidence) -> Finding:
    verified = evidence.of(Stored).verified
    verify = evidence.settings.command("audit verify")
    cure = f"Have it run each week: {verify} (docs/audit.md), and read what it says."
    if verified is None:
        return warned("It is not known that anybody ever verified the whole trail.", cure)
    age = evidence.visit.moment - verified.moment
    if not verified.is_sound:
        return failed(
            f"When the trail was verified {span(age)} ago, something was amiss.",
            f"See what: {verify} (docs/audit.md says what each finding means).",
        )
    words = f"The whole trail was verified {span(age)} ago, and nothing was amiss."
    return warned(words, cure) if age > _OLD_VERIFICATION else passed(words)


def check_administrators(evidence: Evidence) -> Finding:
    total = evidence.of(Stored).administrators
    if total == 0:
        return warned(
            "Nobody administers this installation.",
            f"Make an administrator: {evidence.settings.command('create-admin')}",
        )
    if total == 1:
        return warned(
            "One person alone administers this: whoever loses that account has the command line left.",
            "Give the role to a second person.",
        )
    return passed(f"{total:,} people administer this.")


def check_second_factors(evidence: Evidence) -> Finding:
    stored, settings = evidence.of(Stored), evidence.settings
    if stored.requirement_note is not None:
        sentence, _, cure = stored.requirement_note.partition(": ")
        return failed(f"{sentence}.", f"{cure[:1].upper()}{cure[1:]}")
    lacking = stored.administrators - stored.with_second_factor
    if "administrator" not in settings.require_mfa_for:
        holders = f" {lacking:,} of {stored.administrators:,} do." if stored.administrators else ""
        return worse_in_production(
            settings.in_production,
            f"Administrators may do without a second factor.{holders}",
            "Add administrator to REQUIRE_MFA_FOR: until one is set up, the role then grants nothing.",
        )
    if lacking:
        return warned(
            f"{lacking:,} of {stored.administrators:,} administrators have no second factor yet, and are held back.",
            "Have each set one up in their account.",
        )
    return passed("The role of administrators asks for a second factor, and each has one.")


def check_backup(evidence: Evidence) -> Finding:
    made_at = evidence.of(Stored).backed_up_at
    backup = evidence.settings.command("backup FILE")
    cure = f"Make one each night: {backup} (docs/recovery.md), and keep it elsewhere."
    if made_at is None:
        return warned("No backup is known of.", cure)
    age = evidence.visit.moment - made_at
    words = f"The last backup was made {span(age)} ago"
    if age > _DEAD_BACKUP:
        return worse_in_production(evidence.settings.in_production, f"{words}.", cure)
    return warned(f"{words}.", cure) if age > _OLD_BACKUP else passed(f"{words}.")


def _as_finding(health: Health, cure: str) -> Finding:
    if health.state == "good":
        return passed(health.sentence)
    return (failed if health.state == "wrong" else warned)(health.sentence, cure)


HOUSE: Final = Group(
    "house",
    "Keys, trail, administrators and backup",
    (
        Check("keys.current", "Signing key", ("11.1.1", "9.1.3"), check_signing_key),
        Check("keys.rotation", "Change of signing keys", ("13.3.4", "11.2.2"), check_rotation),
        Check("keys.sealed", "Seal of signing keys", ("13.3.1", "11.3.3"), check_sealed),
        Check("audit.sealed", "Audit trail", ("16.4.2",), check_trail),
        Check("audit.verified", "Verification of the audit trail", ("16.4.2",), check_verification),
        Check("people.administrators", "Administrators", ("13.2.2",), check_administrators),
        Check("people.second-factor", "Second factor", ("6.3.3",), check_second_factors),
        Check("backup.age", "Backup", ("14.2.4",), check_backup),
    ),
)
