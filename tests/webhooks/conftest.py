"""What tests of webhooks ask for by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.webhooks.receiving import LOOPBACK, start_receiving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from tests.webhooks.receiving import Receiver


@pytest.fixture
def environment() -> dict[str, str]:
    return dict(LOOPBACK)


@pytest.fixture
def receiver(app: Flask) -> Iterator[Receiver]:
    """An endpoint that asks for locked accounts."""
    with start_receiving(app) as started:
        yield started
