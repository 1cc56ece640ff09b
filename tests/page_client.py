"""A person whose browser runs no JavaScript: opens pages, fills in forms, follows redirects. Its pages are audited."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin, urlsplit

from tests.html_tree import BrokenHtml, Element, parse
from tests.page_audit import audit

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

ORIGIN = "https://localhost"
MOST_REDIRECTS = 8
REDIRECTS = {301, 302, 303, 307, 308}
Fields = list[tuple[str, str]]
# What differs between two views of one page, and is nothing that the audit looks at: proofs, moments, made-up names.
CHANGING: Final = re.compile(r'(?<=name="csrf_token" value=")[^"]+|\b\d{4}-\d\d-\d\dT[\d:.+Z]+|\bperson\d+')
# What has been found in order in this process.
_in_order: Final[set[int]] = set()


class Page:
    """An answer that a person sees. `tree` is its HTML; `path` is the address after redirects, with its query."""

    def __init__(self, response: TestResponse, path: str, redirects: list[str]) -> None:
        self.response = response
        self.status = response.status_code
        self.path = path
        self.redirects = redirects
        self.html = response.get_data(as_text=True)
        self._is_html = response.mimetype == "text/html" and bool(self.html)
        policy = response.headers.get("Content-Security-Policy")
        known = hash((CHANGING.sub("", self.html), policy))
        if self._is_html and known not in _in_order:
            self._audit()
            _in_order.add(known)

    @cached_property
    def tree(self) -> Element:
        """The page as a tree; empty where the answer is none. Raises BrokenHtml."""
        if not self._is_html:
            return Element("#document")
        try:
            return parse(self.html)
        except BrokenHtml as broken:
            raise BrokenHtml(f"{self.path}: {broken}") from None

    @property
    def text(self) -> str:
        return (self.tree.find("body") or self.tree).text

    @property
    def heading(self) -> str:
        return self.tree.get("h1").text

    def find(self, selector: str) -> Element | None:
        return self.tree.find(selector)

    def find_all(self, selector: str) -> list[Element]:
        return self.tree.find_all(selector)

    def get(self, selector: str) -> Element:
        return self.tree.get(selector)

    def form(self, form: str | int = 0) -> Element:
        """A form of `<main>` by its place or its action, or any form by a selector. Raises AssertionError."""
        if isinstance(form, str) and not form.startswith("/"):
            return self.tree.get(form)
        forms = [*self.tree.find_all("main form"), *self.tree.find_all("form")]
        found = forms if isinstance(form, int) else [one for one in forms if _action(one, self.path) == form]
        assert found, f"no form {form!r} on {self.path}: {[_action(one, self.path) for one in forms]}"
        return found[form] if isinstance(form, int) else found[0]

    def _audit(self) -> None:
        problems = audit(self.tree, dict(self.response.headers.items()), "localhost")
        assert not problems, f"{self.path}: " + "; ".join(problems)


class PageClient:
    """Keeps cookies and the present page. Every page that comes back is audited before it is returned."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page: Page | None = None

    def get(self, path: str, **options: Any) -> Page:
        """Open `path` and follow redirects."""
        return self._open("GET", path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> Page:
        """Send a form that no page offered: what a stranger's page or a script would send."""
        return self._open("POST", path, data=data, **options)

    def click(self, selector: str) -> Page:
        """Follow a link of the present page, by a selector or by its words."""
        page = self._present()
        links = [link for link in page.find_all("a[href]") if link.text == selector] or page.find_all(
            selector
        )
        assert links, f"no link {selector!r} on {page.path}"
        return self.get(urljoin(page.path, links[0].attributes["href"]))

    def submit(
        self, form: str | int = 0, *, button: str | None = None, **values: str | list[str] | None
    ) -> Page:
        """Fill in a form of the present page and send it as a browser does: hidden fields and defaults are kept.

        `button` names the words on the button pressed, the first otherwise; None as a value leaves a field out.
        """
        page = self._present()
        element = page.form(form)
        fields = _fill(element, values) + _pressed(element, button)
        action = _action(element, page.path)
        if element.attributes.get("method", "get").lower() == "get":
            return self._open("GET", action, query_string=fields)
        headers = {"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin", "Referer": urljoin(ORIGIN, page.path)}
        return self._open("POST", action, data=_grouped(fields), headers=headers)

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return found.value if found else None

    def _present(self) -> Page:
        assert self.page is not None, "no page is open yet"
        return self.page

    def _open(self, method: str, path: str, **options: Any) -> Page:
        redirects: list[str] = []
        response = self.client.open(path, method=method, follow_redirects=False, **options)
        while response.status_code in REDIRECTS:
            assert len(redirects) < MOST_REDIRECTS, f"redirected in a circle: {redirects}"
            target = urljoin(path, response.headers["Location"])
            assert urlsplit(target).netloc in {"", "localhost"}, f"sent away to {target}"
            path = target.removeprefix(ORIGIN)
            redirects.append(path)
            response = self.client.get(path, follow_redirects=False)
        if options.get("query_string") and not redirects:
            path = response.request.full_path
        self.page = Page(response, path, redirects)
        return self.page


def _action(form: Element, path: str) -> str:
    return urljoin(path, form.attributes.get("action") or path)


def _grouped(fields: Fields) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return grouped


def _fill(form: Element, values: dict[str, str | list[str] | None]) -> Fields:
    """The fields a browser would send, with `values` in place of what the page offers."""
    names = {element.attributes.get("name") for element in form.walk()}
    unknown = set(values) - names
    assert not unknown, f"the form has no field {sorted(unknown)}, only {sorted(filter(None, names))}"
    fields: Fields = []
    for element in form.walk():
        name = element.attributes.get("name")
        if name and name not in values and "disabled" not in element.attributes:
            fields += [(name, value) for value in _offered(element)]
    for name, value in values.items():
        given = value if isinstance(value, list) else [] if value is None else [value]
        fields += [(name, one) for one in given]
    return fields


def _offered(element: Element) -> list[str]:
    kind = element.attributes.get("type", "text")
    if element.tag == "textarea":
        return ["".join(child for child in element.children if isinstance(child, str)).removeprefix("\n")]
    if element.tag == "select":
        options = element.find_all("option")
        chosen = [option for option in options if "selected" in option.attributes]
        if not chosen and "multiple" not in element.attributes:
            chosen = options[:1]
        return [option.attributes.get("value", option.text) for option in chosen]
    if element.tag != "input" or kind in {"submit", "button", "reset", "image", "file"}:
        return []
    if kind in {"checkbox", "radio"}:
        return [element.attributes.get("value", "on")] if "checked" in element.attributes else []
    return [element.attributes.get("value", "")]


def _pressed(form: Element, button: str | None) -> Fields:
    buttons = [one for one in form.find_all("button") if one.attributes.get("type", "submit") == "submit"]
    if button is not None:
        buttons = [one for one in buttons if one.text == button]
    assert buttons, f"no button {button or 'to send it'!r} in the form"
    name = buttons[0].attributes.get("name")
    return [(name, buttons[0].attributes.get("value", ""))] if name else []
