"""A request on its way through: who, may they, what, in which transaction, and the answer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from chalice.app import Request, Response

from handlers.api.http import encoding, parsing
from handlers.api.http.route import Route
from handlers.domain import tenants
from handlers.domain.origin import Origin
from handlers.platform import idempotency, telemetry
from handlers.platform.auth import Identity, authorize, identity_from
from handlers.platform.clock import Clock, system_clock
from handlers.platform.db import Session, service_session, tenant_session
from handlers.platform.errors import Forbidden, NotFound, Problem
from handlers.platform.events import nudge_relay, publish
from handlers.platform.ids import TenantId

_FAULT: Final = "Something went wrong on our side. Tell us the requestId if it stays like this."
_STANDING: Final = {
    "suspended": "Your tenant is suspended: it can read, but change nothing until it is active.",
    "closed": "Your tenant is closed.",
}


class Call:
    """What a view works with.

    Args:
        request: as it came.
        now: the moment that everything in this call happens at.
        correlation_id: what ties together the log lines and events of this call.
    """

    def __init__(self, request: Request, now: datetime, correlation_id: UUID) -> None:
        self.request = request
        self.now = now
        self.correlation_id = correlation_id
        self.after_commit: list[Callable[[], None]] = []
        """What to do once the transaction stands, such as counting a metric."""
        self._identity: Identity | None = None
        self._session: Session | None = None

    def enter(self, identity: Identity, session: Session) -> None:
        """Let the view know its caller and its transaction."""
        self._identity = identity
        self._session = session

    @property
    def identity(self) -> Identity:
        """The verified caller; a public route has none."""
        if self._identity is None:
            raise LookupError("a public route has no caller")
        return self._identity

    @property
    def session(self) -> Session:
        """The open transaction; a public route has none."""
        if self._session is None:
            raise LookupError("a public route has no session")
        return self._session

    @property
    def tenant_id(self) -> TenantId:
        """The caller's own tenant."""
        return self.identity.tenant_id

    @property
    def origin(self) -> Origin:
        """Who causes what this call changes."""
        return Origin(f"user:{self.identity.user_id}", self.correlation_id)


def serve(
    route: Route, request: Request, parameters: Mapping[str, str], clock: Clock = system_clock
) -> Response:
    """Answer a request.

    Raises:
        Problem: Anything but success; a fault of ours is logged and tells the caller nothing.
    """
    try:
        answer = _answer(route, request, parameters, clock())
    except Problem:
        raise
    except Exception as error:
        telemetry.log.exception("request failed")
        raise Problem(_FAULT) from error
    return Response(
        encoding.encode(answer.body),
        {"Content-Type": "application/json", **answer.headers},
        answer.status,
    )


def _answer(
    route: Route, request: Request, parameters: Mapping[str, str], now: datetime
) -> idempotency.Answer:
    call = Call(request, now, _correlation_id(request))
    if route.permission is None:
        return _run(route, call, _arguments(route, request, parameters))
    identity = identity_from(request.context)
    telemetry.bind(tenantId=str(identity.tenant_id), userId=identity.user_id)
    authorize(identity, route.permission)
    if identity.tenant_status == "closed":
        raise Forbidden(_STANDING["closed"])
    arguments = _arguments(route, request, parameters)
    with _session(route, identity, arguments.get("tenant_id")) as session:
        call.enter(identity, session)
        answer = _in_transaction(route, call, arguments)
    for action in call.after_commit:
        action()
    nudge_relay()
    return answer


def _arguments(route: Route, request: Request, parameters: Mapping[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {**parsing.parse_ids(parameters)}
    query = parsing.parse_query(request, route.query)
    if query is not None:
        arguments["query"] = query
    if route.body is None:
        parsing.refuse_body(request)
    else:
        arguments["body"] = parsing.parse_body(request, route.body)
    return arguments


@contextmanager
def _session(route: Route, identity: Identity, named: UUID | None) -> Iterator[Session]:
    """Open the transaction: the caller's own tenant, or all of them for the operator."""
    if route.is_cross_tenant or _may_name(route, identity, named):
        with service_session() as session:
            yield session
    else:
        with tenant_session(identity.tenant_id) as session:
            yield session


def _may_name(route: Route, identity: Identity, named: UUID | None) -> bool:
    """Tell whether the caller is of the operator and may work on the tenant in the path."""
    if route.operator_permission is None or named == identity.tenant_id:
        return False
    try:
        authorize(identity, route.operator_permission)
    except Forbidden:
        return False
    return True


def _in_transaction(route: Route, call: Call, arguments: Mapping[str, Any]) -> idempotency.Answer:
    if route.is_mutating:
        _require_good_standing(call)
    if call.session.tenant_id is None:
        _announce_reach(route, call, arguments)
    key = call.request.headers.get("idempotency-key")
    if route.method != "POST" or key is None:
        return _run(route, call, arguments)
    repeatable = idempotency.Request(
        tenant_id=call.tenant_id,
        route=_address(route, call.request),
        key=key,
        body_hash=idempotency.hash_body(parsing.raw_body(call.request)),
    )
    return idempotency.once(
        call.session, repeatable, lambda: _run(route, call, arguments), call.now
    )


def _run(route: Route, call: Call, arguments: Mapping[str, Any]) -> idempotency.Answer:
    body = route.view(call, **arguments).to_json()
    headers = {} if route.location is None else {"Location": route.location.format(**body)}
    return idempotency.Answer(route.status, body, headers)


def _require_good_standing(call: Call) -> None:
    """Ask the database, not the token: a suspension counts at once, a token lives for an hour."""
    try:
        status = tenants.read(call.session, call.tenant_id).status
    except NotFound as error:
        raise Forbidden("Your account belongs to no tenant. Ask an administrator.") from error
    if status != "active":
        raise Forbidden(_STANDING[status])


def _announce_reach(route: Route, call: Call, arguments: Mapping[str, Any]) -> None:
    """Tell the operator's own audit trail that somebody reached beyond their tenant."""
    named = arguments.get("tenant_id")
    data = {
        "tenantId": None if named is None else str(named),
        "route": _address(route, call.request),
        "actor": call.origin.actor,
    }
    publish(
        call.session,
        f"operator.{route.view.__name__}",
        data,
        call.now,
        correlation_id=call.correlation_id,
        tenant_id=call.tenant_id,
    )


def _address(route: Route, request: Request) -> str:
    return f"{route.method} {route.path.format(**(request.uri_params or {}))}"


def _correlation_id(request: Request) -> UUID:
    """Let events carry the request's id, so that one search finds everything it led to."""
    try:
        return UUID(request.context.get("requestId", ""))
    except ValueError:
        return uuid4()
