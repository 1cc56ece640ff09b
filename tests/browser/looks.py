"""What every page must be: accessible in both schemes, within its width, still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTHS = (320, 360, 768, 1280, 1600)
AXE = Axe().axe_script
# What scrolls in its own box, or is there for ears only, may reach beyond the page's edge.
FIND_OVERFLOW = """() => {
    const width = document.documentElement.clientWidth;
    const wide = [...document.querySelectorAll("body *")].filter((element) => {
        const box = element.getBoundingClientRect();
        return box.width > 1 && box.right > width + 0.5
            && !element.closest(".bar-nav, .rail, pre, .visually-hidden, thead");
    });
    const page = document.documentElement.scrollWidth > width ? [`page ${document.documentElement.scrollWidth}`] : [];
    return [...page, ...wide.map((element) => `${element.tagName}.${element.className}`)].slice(0, 4);
}"""
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
    for (const { value, sources } of list.getEntries()) {
        window.shifts.push([value, sources.map(({ node }) => node?.className ?? "").join(" ")]);
    }
}).observe({ type: "layout-shift", buffered: true });
"""


def find_barriers(page: Page, *schemes: str) -> list[str]:
    """What axe objects to, in light and in dark unless `schemes` are named.

    The page follows the system's scheme again afterwards.
    """
    # Nothing but colours depends on the scheme.
    checks: dict[str, dict[str, Any]] = {
        "light": {},
        "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
    }
    page.evaluate(AXE)
    found = []
    for scheme, options in checks.items():
        if schemes and scheme not in schemes:
            continue
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.evaluate(
            "() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => 0)))"
        )
        report = page.evaluate("options => axe.run(options)", {"resultTypes": ["violations"], **options})
        for violation in report["violations"]:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{page.url} in {scheme}: {violation['id']} {nodes}")
    page.emulate_media(color_scheme="null")
    return found


def find_overflow(page: Page) -> list[str]:
    """What reaches beyond the page's edge, at each width."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        found += [f"{page.url} at {width}: {wide}" for wide in page.evaluate(FIND_OVERFLOW)]
    return found
