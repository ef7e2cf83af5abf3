"""A request on its way through: who, may they, what, in which transaction, and the answer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from chalice.app import Request, Response

from handlers.api.http import encoding, parsing
from handlers.api.http.models import RawBody
from handlers.api.http.route import Route
from handlers.domain.access import caller_status
from handlers.domain.access.administrators import Administrator
from handlers.domain.access.caller_status import CallerStatus
from handlers.domain.base.origin import Origin
from handlers.domain.base.publishing import publish_change
from handlers.platform.base import telemetry
from handlers.platform.base.auth import Identity, authorize, identity_from
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.errors import Forbidden, Problem
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session, service_session, tenant_session
from handlers.platform.messaging import idempotency
from handlers.platform.messaging.events import nudge_relay

_FAULT: Final = "Something went wrong on our side. Tell us the requestId if it stays like this."


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
        self._administrator: Administrator | None = None

    def enter(
        self, identity: Identity, session: Session, administrator: Administrator | None
    ) -> None:
        """Let the view know its caller and its transaction."""
        self._identity = identity
        self._session = session
        self._administrator = administrator

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
    def administrator(self) -> Administrator:
        """The caller as one of those who run the tenant.

        Raises:
            Forbidden: The caller is not among them, whatever the token says.
        """
        if self._administrator is None:
            raise Forbidden("You are no administrator of this tenant. Ask one to invite you.")
        return self._administrator

    @property
    def origin(self) -> Origin:
        """Who causes what this call changes; on a public route nobody who is known."""
        actor = "anonymous" if self._identity is None else self._identity.actor
        client = self.request.context.get("identity") or {}
        return Origin(actor, self.correlation_id, client.get("sourceIp"), client.get("userAgent"))


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
) -> idempotency.StoredAnswer:
    call = Call(request, now, _correlation_id(request))
    if route.permission is None:
        return _run(route, call, _arguments(route, request, parameters))
    identity = identity_from(request.context)
    telemetry.bind(tenantId=str(identity.tenant_id), userId=identity.user_id)
    authorize(identity, route.permission)
    arguments = _arguments(route, request, parameters)
    with _session(route, identity, arguments.get("tenant_id")) as session:
        caller = caller_status.of_caller(session, identity)
        _require_role(route, identity, caller)
        call.enter(identity, session, caller.administrator)
        answer = _in_transaction(route, call, caller, arguments)
    for action in call.after_commit:
        action()
    nudge_relay()
    return answer


def _arguments(route: Route, request: Request, parameters: Mapping[str, str]) -> dict[str, Any]:
    arguments: dict[str, Any] = {**parsing.parse_ids(parameters, route.path_id)}
    query = parsing.parse_query(request, route.query)
    if query is not None:
        arguments["query"] = query
    if route.body is None:
        parsing.refuse_body(request)
    elif route.body is RawBody:
        arguments["body"] = parsing.raw_body(request)
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


def _require_role(route: Route, identity: Identity, caller: CallerStatus) -> None:
    """Hold the caller to the role of today: a token lives an hour, a demotion counts at once."""
    if caller.administrator is not None and route.permission is not None:
        today = identity._replace(roles=frozenset({caller.administrator.role}))
        authorize(today, route.permission)


def _in_transaction(
    route: Route, call: Call, caller: CallerStatus, arguments: Mapping[str, Any]
) -> idempotency.StoredAnswer:
    if route.is_mutating or caller.tenant_status == "closed":
        caller_status.require_active_tenant(caller)
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


def _run(route: Route, call: Call, arguments: Mapping[str, Any]) -> idempotency.StoredAnswer:
    answer = route.view(call, **arguments)
    body = answer.to_json()
    headers = {} if route.location is None else {"Location": route.location.format(**body)}
    return idempotency.StoredAnswer(route.status_of(answer), body, headers)


def _announce_reach(route: Route, call: Call, arguments: Mapping[str, Any]) -> None:
    """Tell the operator's own audit trail that somebody reached beyond their tenant."""
    named = arguments.get("tenant_id")
    data = {
        "tenantId": None if named is None else str(named),
        "route": _address(route, call.request),
    }
    publish_change(
        call.session,
        call.now,
        f"operator.{route.view.__name__}",
        data,
        call.origin,
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
