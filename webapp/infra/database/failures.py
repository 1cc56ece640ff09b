"""What a driver says when the database refuses, in words for the operator."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError


def reason_of(failure: Exception) -> str:
    """The first line of what the driver said, without its full stop: no statement, and no position in one.

    `failure` is the driver's own, or SQLAlchemy's around it. The name of its kind where nothing was said.
    """
    own = failure.orig or failure if isinstance(failure, DBAPIError) else failure
    # SQLAlchemy's words would have the statement in them.
    said = "" if isinstance(own, DBAPIError) else str(own).strip()
    return said.partition("\n")[0].rstrip(". \r") or type(own).__name__
