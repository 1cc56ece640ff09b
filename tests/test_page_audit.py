"""The audit of pages finds what it promises to find."""

from __future__ import annotations

import pytest

from tests.html_tree import BrokenHtml, parse
from tests.page_audit import audit

HEADERS = {"Content-Security-Policy": "default-src 'none'; script-src 'self'; frame-ancestors 'none'"}
GOOD = """<!doctype html><html lang="en"><head><title>Sign in - Latchkey</title></head><body><main><h1>Sign in</h1>
<form method="post"><input type="hidden" name="csrf_token" value="x"><label for="name">Name</label>
<input id="name" name="username"><button>Sign in</button></form></main></body></html>"""


def test_good_page_has_nothing_to_mend() -> None:
    assert audit(parse(GOOD), HEADERS, "localhost") == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<h1>Sign in</h1>", "<h1>Sign in</h1><h1>Again</h1>", "there are 2 h1"),
        ("<title>Sign in", "<title>Latchkey", "does not begin with the h1"),
        (' lang="en"', "", "no lang"),
        ("<main>", '<main id="name">', "used 2 times"),
        ('<label for="name">Name</label>', "", "has no label"),
        ('name="csrf_token"', 'name="other"', "csrf_token"),
        ("<main>", "<main style='color: red'>", "carries a style"),
        ("<main>", "<main onclick='x()'>", "event handler"),
        ("</main>", "<script>x()</script></main>", "is inline"),
        ("</main>", "<img alt='' src='//stranger.example/a.png'></main>", "third party"),
        ("</main>", "<a href='JavaScript:x()'>x</a></main>", "javascript:"),
        ("</main>", "<button></button></main>", "has no name"),
        ("</main>", "<p>{{ name }}</p></main>", "template shows through"),
    ],
)
def test_problem_of_a_page_is_named(old: str, new: str, problem: str) -> None:
    assert problem in "; ".join(audit(parse(GOOD.replace(old, new, 1)), HEADERS, "localhost"))


@pytest.mark.parametrize(
    "policy",
    ["", "default-src 'self'", "default-src *; frame-ancestors 'none'"],
    ids=["none", "framed", "open"],
)
def test_weak_policy_is_named(policy: str) -> None:
    assert audit(parse(GOOD), {"Content-Security-Policy": policy}, "localhost")


@pytest.mark.parametrize(
    "html",
    [
        "<p>no doctype</p>",
        "<!doctype html><p>open",
        "<!doctype html><b><i></b></i>",
        "<!doctype html><div/>",
        "<!doctype html><p><div></div></p>",
        "<!doctype html><p id='a' id='b'></p>",
    ],
)
def test_page_that_browsers_would_repair_is_refused(html: str) -> None:
    with pytest.raises(BrokenHtml):
        parse(html)
