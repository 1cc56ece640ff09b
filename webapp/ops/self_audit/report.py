"""What a run of the self-audit found, in the order in which it is read: what fails before what passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webapp.ops.self_audit.findings import LEVELS, Finding, NotAsked, NotKnown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from webapp.ops.self_audit.evidence import Evidence
    from webapp.ops.self_audit.findings import Check, Group, Level


@dataclass(frozen=True, slots=True)
class Result:
    """A check, and what it found."""

    check: Check
    finding: Finding


@dataclass(frozen=True, slots=True)
class Section:
    """The results of a group, the worst first."""

    group: Group
    results: tuple[Result, ...]

    @property
    def level(self) -> Level:
        """Its worst result's."""
        return self.results[0].finding.level

    def count(self, level: Level) -> int:
        """How many of its results are of this level."""
        return sum(each.finding.level == level for each in self.results)


@dataclass(frozen=True, slots=True)
class Report:
    """`seconds` is what the run took. Sections with failures come first; checks that do not apply are not in it."""

    ran_at: datetime
    seconds: float
    is_offline: bool
    sections: tuple[Section, ...]

    def count(self, level: Level) -> int:
        """How many results are of this level."""
        return sum(each.count(level) for each in self.sections)

    @property
    def has_failures(self) -> bool:
        """Whether anything is to be mended."""
        return self.count("fail") > 0

    def as_json(self) -> dict[str, Any]:
        """For programs; names and ids are stable."""
        return {
            "ran_at": self.ran_at.isoformat(timespec="seconds"),
            "offline": self.is_offline,
            "counts": {level: self.count(level) for level in LEVELS},
            "groups": [
                {
                    "id": section.group.id,
                    "heading": section.group.heading,
                    "findings": [
                        {
                            "id": each.check.id,
                            "title": each.check.title,
                            "level": each.finding.level,
                            "sentence": each.finding.sentence,
                            "cure": each.finding.cure,
                            "asvs": list(each.check.asvs),
                        }
                        for each in section.results
                    ],
                }
                for section in self.sections
            ],
        }


def judge(checks: Iterable[Check], evidence: Evidence) -> tuple[Result, ...]:
    """Each check that applies, the worst first."""
    found = [(check, _find(check, evidence)) for check in checks]
    results = [Result(check, finding) for check, finding in found if finding is not None]
    return tuple(sorted(results, key=lambda each: LEVELS.index(each.finding.level)))


def write_report(groups: Iterable[Group], evidence: Evidence, seconds: float) -> Report:
    """Every group in which a check applies, those with the worst results first."""
    judged = [Section(group, results) for group in groups if (results := judge(group.checks, evidence))]
    sections = sorted(judged, key=lambda each: LEVELS.index(each.level))
    return Report(evidence.visit.moment, seconds, evidence.visit.is_offline, tuple(sections))


def _find(check: Check, evidence: Evidence) -> Finding | None:
    try:
        found = check.run(evidence)
    except NotAsked:
        return None
    except NotKnown as unknown:
        found = Finding("warn", unknown.sentence, unknown.cure)
    return Finding(found.level, _plain(found.sentence), found.cure and _plain(found.cure))


def _plain(text: str) -> str:
    """What answered at the public address may stand in it, and a terminal would obey what it cannot print."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
