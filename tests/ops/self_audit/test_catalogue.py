"""The checks as a whole: each has a name of its own, words that can be read, and requirements that exist."""

from __future__ import annotations

import re

from tests.ops.self_audit.grounds import evidence_of, machine_of, settings_of, stored_of
from webapp.config.load import PROJECT_ROOT
from webapp.ops.self_audit.findings import Check, warned
from webapp.ops.self_audit.report import judge, write_report
from webapp.ops.self_audit.run import GROUPS

EVERY: list[Check] = [check for group in GROUPS for check in group.checks]


def test_every_check_has_an_id_a_title_and_requirements() -> None:
    assert len({check.id for check in EVERY}) == len(EVERY) > 40
    for check in EVERY:
        assert re.fullmatch(r"[a-z]+(\.[a-z]+(-[a-z]+)*)", check.id), check.id
        assert all((check.title, check.asvs)), check.id
        assert all(re.fullmatch(r"[1-9]\d?\.\d\.\d\d?", each) for each in check.asvs), check.id


def test_signs_that_a_terminal_would_obey_are_not_repeated() -> None:
    """Whoever answers at the public address has a say in some sentences."""
    told, cure = "nginx/1.2\x1b[2J\x9b31m\r", "Restart \x1b]0;it\x07."
    check = Check("a.b", "A", ("1.1.1",), lambda _: warned(told, cure))
    (result,) = judge([check], evidence_of(settings_of()))
    mark = "\N{REPLACEMENT CHARACTER}"
    assert result.finding.sentence == f"nginx/1.2{mark}[2J{mark}31m{mark}"
    assert result.finding.cure == f"Restart {mark}]0;it{mark}."


def test_every_requirement_is_one_that_the_list_of_all_has() -> None:
    chapters = (PROJECT_ROOT / "docs" / "asvs").glob("v*.md")
    listed = {
        each for file in chapters for each in re.findall(r"^\| ([0-9.]+) \|", file.read_text(), re.MULTILINE)
    }
    assert {each for check in EVERY for each in check.asvs} - listed == set()


def test_every_check_and_no_other_stands_in_the_document() -> None:
    text = (PROJECT_ROOT / "docs" / "self-audit.md").read_text(encoding="utf-8")
    named = set(
        re.findall(r"`([a-z]+\.[a-z-]+)`", text.partition("## What is looked at")[2].partition("\n## ")[0])
    )
    assert named == {check.id for check in EVERY}
    assert all(group.heading in text for group in GROUPS)


def test_faultless_production_server_has_nothing_to_mend() -> None:
    report = write_report(GROUPS, evidence_of(settings_of(), stored_of(), machine_of()), 0.2)
    found = [(each.check.id, each.finding) for section in report.sections for each in section.results]
    # There is no key in the evidence, which is the one thing wrong with it.
    assert [each for each, finding in found if finding.level != "pass"] == ["keys.current"]


def test_report_puts_what_fails_first_and_tells_no_secret() -> None:
    settings = settings_of(SECURITY_CONTACT="")
    report = write_report(
        GROUPS, evidence_of(settings, stored_of(backed_up_at=None), machine_of(free=1)), 0.2
    )
    levels = [section.level for section in report.sections]
    assert levels == sorted(levels, key=["fail", "warn", "pass"].index)
    assert {section.group.id for section in report.sections if section.level == "fail"} == {
        "house",
        "machine",
    }
    text = str(report.as_json())
    assert not any(each in text for each in ("pa55word", "of-the-tests"))


def test_whatever_does_not_pass_says_what_to_do() -> None:
    settings = settings_of(REGISTRATION="open", SECURITY_CONTACT="", TRUSTED_PROXIES="10.0.0.0/7")
    machine = machine_of(free=1, is_root=True, open_files=(".",), writable_secrets=("SECRET_KEY",))
    stored = stored_of(administrators=0, with_second_factor=0, backed_up_at=None)
    report = write_report(GROUPS, evidence_of(settings, stored, machine), 0.2)
    findings = [each.finding for section in report.sections for each in section.results]
    assert all(each.cure for each in findings if each.level != "pass")
    assert all(each.sentence.endswith(".") and "!" not in each.sentence for each in findings)
