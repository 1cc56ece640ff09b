"""What people do on the pages, by the words they see."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import expect

from tests.html_tree import parse
from tests.make import PASSWORD, Person

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Locator, Page

    from tests.servers.chromium import WatchedBrowser
    from tests.servers.live import LiveServer


def register_by_api(server: LiveServer, username: str, password: str = PASSWORD) -> Person:
    person = Person("", username, f"{username}@example.org", password)
    body = json.dumps({"username": username, "email": person.email, "password": password}).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{server.url}/api/v1/register", body, headers), timeout=30) as answer:
        assert answer.status == 202
    return person


def spend_sign_ins(server: LiveServer, person: Person) -> None:
    """Try wrong passwords until no more may be tried."""
    body = json.dumps({"username": person.username, "password": "not the password"}).encode()
    headers = {"Content-Type": "application/json"}
    for _ in range(30):
        try:
            urlopen(Request(f"{server.url}/api/v1/login", body, headers), timeout=30).close()
        except HTTPError as refusal:
            refusal.close()
            if refusal.code == HTTPStatus.TOO_MANY_REQUESTS:
                return
    raise AssertionError("wrong passwords may be tried for ever")


def fill_in_account(page: Page, person: Person) -> None:
    """The three fields of set-up and registration."""
    page.get_by_label("Username").fill(person.username)
    page.get_by_label("Email").fill(person.email)
    password_of(page).fill(person.password)


def press(page: Page, name: str) -> None:
    """Press a button that sends a form, and see the page that answers."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def password_of(page: Page) -> Locator:
    return page.get_by_label("Password", exact=True)


def sign_in(page: Page, person: Person, path: str = "/login") -> None:
    """Open `path`, which asks for a sign-in, and give it. The page that follows is loaded when this returns."""
    page.goto(path)
    page.get_by_label("Username or email").fill(person.username)
    password_of(page).fill(person.password)
    press(page, "Sign in")
    page.wait_for_url(re.compile(r"/(account|admin)"))


def sign_in_instead(page: Page, person: Person) -> None:
    """Where somebody is signed in already: sign in as this person."""
    page.goto("/login?confirm=1")
    press(page, "Sign in as somebody else")
    sign_in(page, person)


def bring_in(context: BrowserContext, person: Person) -> None:
    """Sign in without a page, as the form would, for a test that is about what comes after."""
    form = context.request.get("/login")
    token = parse(form.text()).get("input[name=csrf_token]").attributes["value"]
    fields: dict[str, str | float | bool] = {
        "csrf_token": token, "username": person.username, "password": person.password,
    }  # fmt: skip
    headers = {"Origin": form.url.removesuffix("/login"), "Sec-Fetch-Site": "same-origin"}
    answer = context.request.post("/login", form=fields, headers=headers, max_redirects=0)
    assert answer.status == HTTPStatus.SEE_OTHER, answer.text()


def open_as(browser: WatchedBrowser, person: Person, path: str, **options: Any) -> Page:
    """A browser in which this person is signed in, at `path`. Options as playwright's new_context takes them."""
    context = browser.open_context(**options)
    bring_in(context, person)
    page = context.new_page()
    page.goto(path)
    return page


def see_overview(page: Page) -> None:
    """The account area has built itself from the API."""
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()


def see_view(page: Page, name: str) -> None:
    """The page says that this view of the account area is there, and it has loaded."""
    # In this order: the view that is left is not busy either until the page says that the next one is there.
    expect(page.locator(".rail [aria-current=page]")).to_have_text(name)
    expect(page.locator("#view")).to_have_attribute("aria-busy", "false")
    expect(page.locator("#view .skeleton")).to_have_count(0)


def go_to_view(page: Page, name: str) -> None:
    """To another view of the account area, which has loaded when this returns."""
    page.get_by_role("navigation", name="Your account").get_by_role("link", name=name).click()
    see_view(page, name)


def change_name(page: Page, name: str) -> None:
    """In the account area, under Security."""
    go_to_view(page, "Security")
    page.get_by_role("button", name="Change name").click()
    page.get_by_label("Display name").fill(name)
    page.get_by_role("button", name="Save name").click()


def enter(page: Page, person: Person) -> Page:
    """Sign in and see the overview."""
    sign_in(page, person)
    see_overview(page)
    return page


def find_account(page: Page, person: Person) -> None:
    """From the list of accounts to one account's page, by search."""
    page.goto("/admin/accounts")
    page.get_by_label("Search").fill(person.email)
    press(page, "Apply")
    page.get_by_role("rowheader").get_by_role("link").click()
    expect(page.locator(".subtitle")).to_contain_text(person.email)


def lock_account(page: Page, administrator: Person, reason: str) -> None:
    """On an account's page: lock it, and prove who asks where the page wants that."""
    page.get_by_role("link", name="Lock account").click()
    page.get_by_label("Reason").fill(reason)
    press(page, "Lock account")
    prove(page, administrator)


def prove(page: Page, administrator: Person) -> None:
    """Give the password where a change asks for it."""
    if page.get_by_role("heading", level=1).inner_text() == "Confirm it is you":
        password_of(page).fill(administrator.password)
        press(page, "Confirm")
