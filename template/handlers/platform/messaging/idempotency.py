"""A POST with an `Idempotency-Key` takes effect once; repeating it gets the stored answer.

The key and the effect are one transaction: a crash, or a refusal, undoes both and leaves the key
free. Answers are kept for a day.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb

from handlers.platform.base.errors import BadRequest, InProgress, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Row, Session

LIFE: Final = timedelta(hours=24)
MAX_KEY_LENGTH: Final = 255

# Transaction locks do not pin a session on RDS Proxy. Two different keys that share a hash only
# wait for each other's answer in vain: one is told to try again.
_LOCK: Final = """
    SELECT pg_try_advisory_xact_lock(
        hashtextextended(
            concat_ws('/', %(tenant_id)s::text, %(route)s::text, %(key)s::text), 0)
    ) AS is_ours
"""
_READ: Final = """
    SELECT body_hash, status, response
      FROM idempotency_keys
     WHERE tenant_id = %(tenant_id)s AND route = %(route)s AND key = %(key)s
       AND expires_at > %(now)s
"""
_STORE: Final = """
    INSERT INTO idempotency_keys (tenant_id, route, key, body_hash, status, response, created_at,
                                  expires_at)
    VALUES (%(tenant_id)s, %(route)s, %(key)s, %(body_hash)s, %(status)s, %(response)s, %(now)s,
            %(expires_at)s)
    ON CONFLICT (tenant_id, route, key) DO UPDATE
       SET body_hash = excluded.body_hash, status = excluded.status, response = excluded.response,
           created_at = excluded.created_at, expires_at = excluded.expires_at
"""
_DELETE_EXPIRED: Final = """
    DELETE FROM idempotency_keys WHERE (tenant_id, route, key) IN (
        SELECT tenant_id, route, key FROM idempotency_keys WHERE expires_at <= %(before)s
         ORDER BY expires_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
"""


class StoredAnswer(NamedTuple):
    """What is stored and sent again: the body must be ready for JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = MappingProxyType({})


class Request(NamedTuple):
    """What identifies a request that may be repeated.

    Attributes:
        tenant_id: The caller's tenant.
        route: Method and path, such as `POST /v1/subscriptions`.
        key: The header's value.
        body_hash: From `hash_body`.
    """

    tenant_id: TenantId
    route: str
    key: str
    body_hash: str


def hash_body(body: bytes) -> str:
    """Return what tells one body from another."""
    return hashlib.sha256(body).hexdigest()


def once(
    session: Session, request: Request, run: Callable[[], StoredAnswer], now: datetime
) -> StoredAnswer:
    """Run a request, or return the answer it got before.

    Args:
        session: The open transaction in which `run` works.
        request: What the caller sent.
        run: Does the work. If it raises, nothing is stored.
        now: The present moment.

    Raises:
        BadRequest: The key is empty or too long.
        InProgress: The same key is being worked on now.
        Unprocessable: The key came with another body before.
    """
    if not 0 < len(request.key) <= MAX_KEY_LENGTH:
        raise BadRequest(f"Idempotency-Key must have 1 to {MAX_KEY_LENGTH} characters.")
    params = {"tenant_id": request.tenant_id, "route": request.route, "key": request.key}
    params |= {"now": now}
    lock = session.one(_LOCK, params)
    if lock is None or not lock["is_ours"]:
        raise InProgress("A request with this Idempotency-Key is still running.", retry_after_s=1)
    stored = session.one(_READ, params)
    if stored is not None:
        return _repeated(stored, request)
    answer = run()
    _store(session, request, answer, now)
    return answer


def delete_expired(session: Session, before: datetime, limit: int) -> int:
    """Delete keys that had expired by then, in a service session; returns how many."""
    return session.execute(_DELETE_EXPIRED, {"before": before, "limit": limit})


def _repeated(stored: Row, request: Request) -> StoredAnswer:
    if stored["body_hash"] != request.body_hash:
        raise Unprocessable("This Idempotency-Key was used with another body. Use a new key.")
    return StoredAnswer(stored["status"], stored["response"]["body"], stored["response"]["headers"])


def _store(session: Session, request: Request, answer: StoredAnswer, now: datetime) -> None:
    row = {"tenant_id": request.tenant_id, "route": request.route, "key": request.key}
    row |= {"body_hash": request.body_hash, "status": answer.status, "now": now}
    row |= {"response": Jsonb({"body": answer.body, "headers": dict(answer.headers)})}
    session.execute(_STORE, row | {"expires_at": now + LIFE})
