"""Every refusal has a code, a status and one public sentence, and docs/errors.md lists them all.

To write that page anew: `python -m tests.web.test_error_catalogue`
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import webapp.admin.export_commands
import webapp.admin.import_commands
import webapp.edges
import webapp.ops.audit_commands
import webapp.ops.seed_commands
from webapp.core.errors import Problem

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs"
SOURCES = Path(webapp.edges.__file__).parent
PAGE = DOCUMENTS / "errors.md"
INTRODUCTION = """# Errors

Every refusal has one of these codes. API v1 answers `{"error": code, "message": "…", "request_id": "…"}`, API v2
answers problem details (RFC 9457) with `code` and the type `urn:latchkey:problem:<code>`, and a page says the sentence.
A message may be sharper than the one below; a code is never given another meaning. 422 lists `fields`; 429 and 503
carry `Retry-After`.

| code | status | message |
| --- | --- | --- |
"""
BEFORE_THE_APPLICATION = """
Requests that are refused before the application reads them are answered in the same forms, pages in plain text:

| code | status |
| --- | --- |
"""


def catalogue() -> dict[str, type[Problem]]:
    """The product's own kinds; a test may have made more."""
    return {code: kind for code, kind in Problem.catalogue.items() if kind.__module__.startswith("webapp.")}


def early_refusals() -> dict[str, str]:
    """Code and status of every `Refusal("code", status, …)` in the source."""
    text = "".join(file.read_text() for file in sorted((SOURCES / "web").glob("*.py")))
    return dict(sorted(re.findall(r'\bRefusal\(\s*"([a-z_]+)",\s*([0-9]{3})', text)))


def in_markdown(text: str) -> str:
    return text.replace("<", "&lt;").replace("|", "\\|")


def write_page() -> str:
    kinds = sorted(catalogue().items())
    rows = [f"| `{code}` | {kind.status} | {in_markdown(kind.message)} |" for code, kind in kinds]
    early = [f"| `{code}` | {status} |" for code, status in early_refusals().items()]
    return INTRODUCTION + "\n".join(rows) + "\n" + BEFORE_THE_APPLICATION + "\n".join(early) + "\n"


def test_page_of_errors_is_the_catalogue() -> None:
    assert PAGE.read_text() == write_page()


@pytest.mark.parametrize(("code", "kind"), sorted(catalogue().items()))
def test_refusal_has_a_code_a_status_and_one_public_sentence(code: str, kind: type[Problem]) -> None:
    assert re.fullmatch("[a-z]+(_[a-z]+)*", code)
    assert kind.code == code
    assert 400 <= kind.status <= 599
    assert re.fullmatch(r"[A-Z].*\.|[A-Z].*: .*", kind.message), kind.message
    assert not re.search(r"please|!|sorry|invalid input|oops|\bNone\b", kind.message, re.IGNORECASE)
    assert len(kind.message) < 180
    assert kind.__doc__


def test_every_kind_in_the_source_is_in_the_catalogue() -> None:
    codes = set()
    for file in SOURCES.rglob("*.py"):
        codes |= set(re.findall(r'^    code = "(\w+)"', file.read_text(), re.MULTILINE))
    assert codes == set(catalogue())


def test_refusals_before_the_application_are_known() -> None:
    assert len(early_refusals()) >= 9
    clashing = {code for code, status in early_refusals().items() if code in catalogue()}
    assert all(catalogue()[code].status == int(early_refusals()[code]) for code in clashing)


if __name__ == "__main__":
    PAGE.write_text(write_page())
