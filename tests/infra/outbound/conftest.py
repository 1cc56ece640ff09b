"""A service on this machine, and a way out that reaches it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.infra.outbound.world import make_outbound
from tests.servers.certificates import Authority
from tests.servers.upstream import Upstream, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webapp.infra.outbound.exchanges import Outbound


@pytest.fixture
def service() -> Iterator[Upstream]:
    with upstream() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority.pem")


@pytest.fixture
def safe_service(authority: Authority) -> Iterator[Upstream]:
    """The same under TLS, with a certificate for localhost."""
    with upstream(authority.server_context("localhost")) as running:
        yield running


@pytest.fixture
def outbound(authority: Authority) -> Iterator[Outbound]:
    """It trusts the tests' authority and no other."""
    made = make_outbound(context=authority.client_context())
    yield made
    made.close()
