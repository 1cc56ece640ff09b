"""More open invitations than the list shows: each can still be taken back, and one made anew ends the one before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.admin.console import Console, events, open_console
from tests.make import entered
from tests.page_client import PageClient
from webapp.accounts.names import require_address
from webapp.admin.invitations import InvitationOver, invite, list_open_invitations, take_back
from webapp.core import clock
from webapp.infra.database import db, unit_of_work
from webapp.infra.models import SingleUseLink
from webapp.joining.invitations import make_invitation

GUEST = "Guest@Example.net"


@pytest.fixture
def console(app: Flask) -> Console:
    return open_console(app)


def invite_early(app: Flask, console: Console) -> tuple[str, str]:
    """An invitation that 200 newer ones push off the list: its id and its path."""
    with entered(app), unit_of_work():
        token = make_invitation(require_address(GUEST), ("user",), console.root.id)
        db.session.flush()
        early = db.session.scalars(
            select(SingleUseLink.id).where(SingleUseLink.purpose == "invitation")
        ).one()
    with time_machine.travel(clock.now() + timedelta(minutes=1)), entered(app), unit_of_work():
        for number in range(200):
            make_invitation(require_address(f"guest{number}@example.org"), ("user",), console.root.id)
    with entered(app), unit_of_work(writes=False):
        assert early not in {each.id for each in list_open_invitations()}
    return early, f"/invite/{token}"


@pytest.mark.database
def test_invitation_off_the_list_is_taken_back_by_its_id(app: Flask, console: Console) -> None:
    early, path = invite_early(app, console)
    with entered(app), unit_of_work():
        assert take_back(early, actor_id=console.root.id) == "Guest@example.net"
    assert PageClient(app.test_client()).get(path).status == 410


@pytest.mark.database
def test_address_invited_again_has_one_invitation(app: Flask, console: Console) -> None:
    _, path = invite_early(app, console)
    with entered(app), unit_of_work():
        token = invite("guest@EXAMPLE.net", ("user",), actor_id=console.root.id).token
    pages = PageClient(app.test_client())
    assert [pages.get(each).status for each in (path, f"/invite/{token}")] == [410, 200]
    assert len(events(app, "invitation.revoked")) == 1


def test_unknown_id_and_one_taken_back_are_refused(app: Flask, console: Console) -> None:
    early, _ = invite_early(app, console)
    with entered(app), unit_of_work():
        take_back(early, actor_id=console.root.id)
        for each in (early, "x" * 26):
            with pytest.raises(InvitationOver):
                take_back(each, actor_id=console.root.id)
