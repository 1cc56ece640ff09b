"""Connections for programs of administrators: what the pages do, through the same functions."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Final, cast

from flask import Response, request

from webapp.access.guards import bearer
from webapp.access.proved_caller import proved_caller
from webapp.admin.connection_bodies import (
    ConnectionAuthAnswer,
    ConnectionChangeBody,
    ConnectionKeyAnswer,
    ConnectionKeyBody,
    ConnectionLimitsAnswer,
    ListedConnectionAnswer,
    ManagedConnectionAnswer,
    ManagedConnectionList,
    NewConnectionBody,
    SentAnswer,
    TrialAnswer,
    TrialBody,
    fields_as_sent,
    typed_in,
)
from webapp.admin.connection_trial import carry_out, prepare_trial
from webapp.admin.connection_view import list_connections, show_connection
from webapp.connections import service
from webapp.connections.errors import (
    CallNotAllowed,
    CallTooLarge,
    ConnectionChanged,
    ConnectionMade,
    ConnectionNameTaken,
    ConnectionNotFound,
    ParameterNotAllowed,
)
from webapp.connections.rows import words_of
from webapp.connections.words import ConnectionWords, require_words, require_words_and_key
from webapp.core.errors import InvalidInput
from webapp.core.origin import current_origin
from webapp.infra.sealing import SealBroken
from webapp.sessions.errors import ProofNeeded
from webapp.web.late_answers import LateAnswer
from webapp.web.streamed_bodies import GIVE_TURN_BACK
from webapp.web.versions import Api

if TYPE_CHECKING:
    from webapp.connections.calls import PreparedCall

api = Api("admin_connections")
_LIST: Final = "/admin/connections"
_ONE: Final = f"{_LIST}/<connection_id>"
_reads, _writes = bearer("admin:read"), bearer("admin:write")


@api.add("GET", _LIST, access=_reads, answers={200: ManagedConnectionList})
def read_connections() -> ManagedConnectionList:
    """Every connection."""
    return ManagedConnectionList(
        connections=[
            ListedConnectionAnswer(
                id=each.id,
                name=each.name,
                purpose=each.purpose,
                enabled=each.is_enabled,
                base_url=each.base_url,
                opens=each.opens,
                roles=list(each.roles),
                calls_today=each.calls_today,
            )
            for each in list_connections()
        ]
    )


@api.add(
    "POST",
    _LIST,
    access=_writes,
    accepts=NewConnectionBody,
    answers={201: ManagedConnectionAnswer},
    problems=(ProofNeeded, ConnectionMade, ConnectionNameTaken),
)
def create_connection(body: NewConnectionBody) -> ManagedConnectionAnswer:
    """Make a connection; its key is never answered. Needs a fresh proof."""
    actor_id = _proved_id()
    with fields_as_sent():
        words, key = require_words_and_key(body.key.get_secret_value(), **typed_in(body))
        made = service.create_connection(words, key, connection_id=body.id, actor_id=actor_id)
    return _shown(made.id)


@api.add("GET", _ONE, access=_reads, answers={200: ManagedConnectionAnswer}, problems=(ConnectionNotFound,))
def read_connection(connection_id: str) -> ManagedConnectionAnswer:
    """One connection, all but its key."""
    return _shown(connection_id)


@api.add(
    "PATCH",
    _ONE,
    access=_writes,
    accepts=ConnectionChangeBody,
    answers={200: ManagedConnectionAnswer},
    problems=(ProofNeeded, ConnectionNotFound, ConnectionChanged),
)
def change_connection(connection_id: str, body: ConnectionChangeBody) -> ManagedConnectionAnswer:
    """Change what is said, from the next call on; where the key goes and how stays with it. Needs a fresh proof."""
    actor_id = _proved_id()
    with fields_as_sent():
        words = _changed(words_of(service.get_connection(connection_id)), typed_in(body))
        service.change_connection(connection_id, words, version=body.version, actor_id=actor_id)
    return _shown(connection_id)


@api.add(
    "PUT",
    f"{_ONE}/key",
    access=_writes,
    accepts=ConnectionKeyBody,
    answers={200: ManagedConnectionAnswer},
    problems=(ProofNeeded, ConnectionNotFound, ConnectionChanged),
)
def replace_key(connection_id: str, body: ConnectionKeyBody) -> ManagedConnectionAnswer:
    """Use another key from the next call on; it may go elsewhere, or in another way. Needs a fresh proof."""
    actor_id, key = _proved_id(), body.key.get_secret_value()
    with fields_as_sent():
        service.replace_key(connection_id, key, version=body.version, actor_id=actor_id, **typed_in(body))
    return _shown(connection_id)


@api.add("DELETE", _ONE, access=_writes, answers={204: None}, problems=(ProofNeeded, ConnectionNotFound))
def delete_connection(connection_id: str) -> None:
    """Delete it with its key, and take its scope from every role. Needs a fresh proof."""
    service.delete_connection(connection_id, actor_id=_proved_id())


@api.add(
    "POST",
    f"{_ONE}/test",
    access=_writes,
    accepts=TrialBody,
    answers={200: TrialAnswer},
    problems=(
        *(ProofNeeded, ConnectionNotFound, CallNotAllowed, ParameterNotAllowed, CallTooLarge, SealBroken),
    ),
)
def test_connection(connection_id: str, body: TrialBody) -> LateAnswer:
    """Make one call, also where it is turned off; it uses up nobody's quota. Needs a fresh proof."""
    actor_id = _proved_id()
    if body.query and "?" in body.path:
        raise InvalidInput(fields={"query": "Write the query here or behind the path, not in both places."})
    prepared = prepare_trial(
        service.get_connection(connection_id),
        body.method,
        f"{body.path}?{body.query}" if body.query else body.path,
        body.body,
        headers=body.headers.items(),
        actor_id=actor_id,
        request_id=current_origin().request_id,
    )
    return LateAnswer(lambda: _try_out(prepared))


def _proved_id() -> str:
    return proved_caller("admin:write").account_id


def _changed(words: ConnectionWords, typed: dict[str, Any]) -> ConnectionWords:
    if typed.keys() == {"is_enabled"}:
        # Turning off works whatever has become of the rules for the rest.
        return replace(words, **typed)
    return require_words(**{**asdict(words), **typed})


def _try_out(prepared: PreparedCall) -> Response:
    # Others take their turn while a service is waited for.
    request.environ[GIVE_TURN_BACK]()
    trial = carry_out(prepared)
    answer = TrialAnswer(
        sent=SentAnswer(
            method=trial.sent.method, url=trial.sent.url, headers=[list(each) for each in trial.sent.headers]
        ),
        status=trial.status,
        headers=[list(each) for each in trial.headers],
        body=trial.text,
        body_is_whole=trial.is_whole,
        milliseconds=trial.milliseconds,
        error=trial.problem.code if trial.problem else None,
        message=trial.problem.message if trial.problem else None,
    )
    return Response(answer.model_dump_json(), content_type="application/json")


def _shown(connection_id: str) -> ManagedConnectionAnswer:
    shown = show_connection(connection_id)
    row, words = shown.row, shown.words
    return ManagedConnectionAnswer(
        id=row.id,
        version=shown.version,
        name=words.name,
        purpose=words.purpose,
        enabled=words.is_enabled,
        base_url=words.base_url,
        auth=ConnectionAuthAnswer(
            type=cast("Any", words.auth_kind), name=words.auth_name, template=words.auth_template
        ),
        key=ConnectionKeyAnswer(set_at=row.key_changed_at, set_by=shown.key_by, opens=shown.opens),
        methods=list(words.methods),
        paths=list(words.paths),
        request_headers=list(words.request_headers),
        answer_headers=list(words.answer_headers),
        limits=ConnectionLimitsAnswer(
            per_person=words.per_person,
            overall=words.overall or None,
            most_sent=words.most_sent,
            most_answered=words.most_answered,
            answer_seconds=words.answer_seconds,
            call_seconds=words.call_seconds,
            calls_at_once=words.calls_at_once,
        ),
        roles=list(words.roles),
        scope=row.scope,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
