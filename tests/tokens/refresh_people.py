"""Who shows tokens in the simulated world: a person's browser (tabs, jar, disk), and a thief."""

from __future__ import annotations

from dataclasses import dataclass

from tests.tokens.refresh_world import (
    AT_SIGN_IN,
    DEADLINE,
    DISK,
    HONEST_AGENT,
    MINUTE,
    SECOND,
    TOKEN_LIFETIME,
    AccessToken,
    Answer,
    World,
)


@dataclass(eq=False)
class Tab:
    """A page with an access token in memory; `attempt` numbers its refreshes, so that old answers are known."""

    token: AccessToken | None = None
    attempt: int = 0
    failures: int = 0


class Browser:
    """The honest person's browser: tabs over one jar, which reaches the disk within 30 s."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tabs: list[Tab] = []
        self._starts = 0
        self._jar: list[tuple[int, int]] = [(-DISK, AT_SIGN_IN.counter)]

    @property
    def cookie(self) -> int:
        return self._jar[-1][1]

    def open_tabs(self, count: int) -> None:
        for _ in range(count):
            tab = Tab()
            self.tabs.append(tab)
            self.world.after(self.world.random.choice((0, 0, 5, 200)), lambda tab=tab: self.refresh(tab))  # type: ignore[misc]

    def close_tabs(self, count: int) -> None:
        del self.tabs[:count]

    def reload(self) -> None:
        for tab in self.tabs:
            tab.token = None
            self.refresh(tab)

    def call_api(self) -> None:
        for tab in self.tabs:
            if tab.token is not None:
                self.world.send_call(tab.token, "the person")

    def quit(self) -> None:
        """Close in good order: the jar is written, answers under way are dropped."""
        self.tabs, self._starts = [], self._starts + 1
        self._jar = [(self.world.clock - DISK, self.cookie)]

    def restart(self, pause: int, tabs: int, *, crash: bool) -> None:
        """Go down one way or the other and come back after a pause with many tabs at once."""
        if crash:
            self.crash()
        else:
            self.quit()
        self.world.advance(pause)
        self.open_tabs(tabs)

    def crash(self) -> None:
        """Die: any cookie younger than 30 s may be missing from the disk, with all that followed it."""
        self.tabs, self._starts = [], self._starts + 1
        sure = max(i for i, (since, _) in enumerate(self._jar) if since <= self.world.clock - DISK)
        kept = self.world.random.choice((sure, self.world.random.randrange(sure, len(self._jar))))
        self._jar = [(self.world.clock - DISK, self._jar[kept][1])]

    def refresh(self, tab: Tab) -> None:
        if tab not in self.tabs:
            return
        tab.attempt += 1
        attempt, start = tab.attempt, self._starts

        def take(got: Answer) -> None:
            if start == self._starts and tab.attempt == attempt:
                self._take(tab, got)

        self.world.send_refresh(self.cookie, "the person", HONEST_AGENT, take)
        self.world.after(DEADLINE, lambda: self._retry(tab, attempt))

    def _take(self, tab: Tab, got: Answer) -> None:
        lives = tab in self.tabs
        if got.cookie is not None and (lives or self.world.happens(1 / 2)):
            self._jar.append((self.world.clock, got.cookie))
        if not lives or self.world.happens(
            self.world.network.lost_answers / 4
        ):  # the head arrived and set the cookie, the body did not
            return
        if got.rtc is None:
            self._retry(tab, tab.attempt)
            return
        tab.attempt, tab.failures = tab.attempt + 1, 0
        tab.token = AccessToken(got.rtc, self.world.clock + TOKEN_LIFETIME)
        self.world.after(14 * MINUTE, lambda: self.refresh(tab))

    def _retry(self, tab: Tab, attempt: int) -> None:
        if tab.attempt != attempt:
            return
        tab.attempt, tab.failures = attempt + 1, tab.failures + 1
        back_off = min(30, 2 ** min(tab.failures - 1, 5)) * SECOND
        self.world.after(self.world.random.randrange(back_off // 2, back_off + 1), lambda: self.refresh(tab))


class Thief:
    """Copies what he can reach and shows it; what he is granted, he keeps."""

    def __init__(self, world: World, agent: bytes = HONEST_AGENT) -> None:
        self.world, self.agent = world, agent
        self.cookies: list[int] = []
        self.tokens: list[AccessToken] = []

    @property
    def grants(self) -> int:
        return sum(who == "the thief" for who, _ in self.world.grants)

    def copy_cookie(self, browser: Browser) -> None:
        if browser.cookie not in self.cookies:
            self.cookies.append(browser.cookie)

    def copy_access_token(self, browser: Browser) -> None:
        self.tokens += [tab.token for tab in browser.tabs[-1:] if tab.token is not None]

    def show(self, numbers: list[int]) -> None:
        for number in numbers:
            self.world.send_refresh(number, "the thief", self.agent, self._take)

    def call_api(self) -> None:
        for token in self.tokens:
            self.world.send_call(token, "the thief")

    def _take(self, got: Answer) -> None:
        if got.cookie is not None and got.cookie not in self.cookies:
            self.cookies.append(got.cookie)
        if got.rtc is not None:
            self.tokens.append(AccessToken(got.rtc, self.world.clock + TOKEN_LIFETIME))
