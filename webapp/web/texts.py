"""What templates say about moments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from webapp.core import clock

if TYPE_CHECKING:
    from flask import Flask


def register_filters(app: Flask) -> None:
    """Give templates `relative_time` and `iso_time`."""
    app.jinja_env.filters["relative_time"] = relative_time
    app.jinja_env.filters["iso_time"] = iso_time


def iso_time(moment: datetime) -> str:
    """To the second, in UTC: 2026-11-21T18:04:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def relative_time(moment: datetime) -> str:
    """As a person would say it; scripts later turn it into the reader's zone."""
    gap = clock.now() - moment
    if gap < timedelta(0):
        return _ahead(-gap)
    for limit, unit, size in _STEPS:
        if gap < limit:
            return _some(max(1, int(gap / size)), unit) + " ago" if size else "just now"
    days = (clock.now().date() - moment.date()).days
    if days <= 1:
        return f"{'yesterday' if days else 'today'} {moment:%H:%M}"
    return f"{days} days ago" if days < 7 else f"{moment.day} {moment:%b %Y}"


def _ahead(gap: timedelta) -> str:
    hours = gap / timedelta(hours=1)
    if hours < 1:
        return "in " + _some(max(1, round(gap / timedelta(minutes=1))), "minute")
    return "in " + (_some(round(hours), "hour") if hours < 48 else _some(round(hours / 24), "day"))


def _some(amount: int, unit: str) -> str:
    return f"{amount} {unit}{'' if amount == 1 else 's'}"


_STEPS: tuple[tuple[timedelta, str, timedelta], ...] = (
    (timedelta(seconds=50), "", timedelta(0)),
    (timedelta(hours=1), "minute", timedelta(minutes=1)),
    (timedelta(hours=20), "hour", timedelta(hours=1)),
)
