"""Where pages are photographed: narrow and wide, light and dark."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from tests.browser.neighbours import CHROME
from tests.browser.palette_png import shrink

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, FloatRect, Page

    from tests.servers.live import LiveServer

WINDOWS = {360: 740, 1280: 800}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Of pages that look like others and differ in their words: each window and each scheme once.
BRIEFLY = {1280: "light", 360: "dark"}
# Tables of the console have most to gain or lose from a wide window.
WIDE = (1600, 900)
# A long list or reference goes on below as it began.
TALLEST = 2400


class Studio:
    """A browser, the server it looks at, and the folder of the pictures."""

    def __init__(self, browser: Browser, server: LiveServer, folder: Path) -> None:
        self._browser = browser
        self._folder = folder
        self.server = server
        self._workshop = browser.new_page()

    def open(self) -> Page:
        """A person's own browser, with nobody signed in."""
        context = self._browser.new_context(
            base_url=self.server.url, user_agent=CHROME, reduced_motion="reduce"
        )
        return context.new_page()

    def take(self, page: Page, name: str, *, briefly: bool = False) -> None:
        """The page as `name-scheme-width.png`, in each window and scheme; tables of the console once more, wide."""
        for width, height in WINDOWS.items():
            for scheme in SCHEMES:
                if not briefly or BRIEFLY[width] == scheme:
                    self._expose(page, name, width, height, scheme)
        if not briefly and "/admin" in page.url and page.locator("main table").count():
            self._expose(page, name, *WIDE, "light")
        sys.stdout.write(f"  {name}\n")

    def _expose(
        self, page: Page, name: str, width: int, height: int, scheme: Literal["light", "dark"]
    ) -> None:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        part: FloatRect = {"x": 0, "y": 0, "width": width, "height": tall}
        picture = page.screenshot(full_page=True, clip=part, animations="disabled", caret="hide")
        (self._folder / f"{name}-{scheme}-{width}.png").write_bytes(shrink(picture, self._workshop))
