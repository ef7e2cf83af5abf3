"""The audit trail: searched, exported, and checked for tampering."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, PageQuery, Query
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import audit as domain
from handlers.platform.aws import exports

_THROTTLE: Final = Throttle(rate=10, burst=20)
_EXPORTS: Final = Throttle(rate=1, burst=2)

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class AuditQuery(PageQuery):
    """Which entries to list; times are ISO 8601 with their offset."""

    actor: Text | None = None
    action: Text | None = None
    resource_type: Text | None = None
    resource_id: Text | None = None
    begin: AwareDatetime | None = Field(default=None, description="From this moment on.")
    end: AwareDatetime | None = Field(default=None, description="Before this moment.")


class ExportAudit(Body):
    """Which entries to export, and how."""

    format: Literal["csv", "jsonl"]
    actor: Text | None = None
    action: Text | None = None
    resource_type: Text | None = None
    resource_id: Text | None = None
    begin: AwareDatetime | None = None
    end: AwareDatetime | None = None


class VerificationQuery(Query):
    """Where to begin."""

    after: int = Field(
        default=0, ge=0, le=2**53 - 1, description="`lastSequence` of the verification before."
    )


class AuditEntry(Answer):
    """What happened; hashes chain an entry to the one before."""

    entry_id: UUID
    sequence: int
    occurred_at: datetime
    actor: str
    action: str
    resource_type: str
    resource_id: str
    address: str | None = None
    agent: str | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    detail: dict[str, Any]
    previous_hash: str
    hash: str

    @classmethod
    def of(cls, entry: domain.Entry) -> Self:
        """Show an entry."""
        return cls.model_validate(entry)


class AuditList(Answer):
    """A page of entries, the newest first."""

    items: list[AuditEntry]
    next_cursor: str | None = None


class AuditExport(Answer):
    """A file of entries, the oldest first."""

    format: Literal["csv", "jsonl"]
    entries: int
    url: str = Field(description="Where the file is fetched, without further credentials.")
    expires_at: datetime


class AuditVerification(Answer):
    """What came of checking the chain; go on with `lastSequence` until it is complete."""

    is_intact: bool
    is_complete: bool
    last_sequence: int
    last_hash: str
    broken_sequence: int | None = None
    broken_entry_id: UUID | None = None
    fault: Literal["altered", "unlinked", "missing"] | None = None


@route(
    "GET",
    "/v1/admin/audit",
    permission="audit:read",
    query=AuditQuery,
    answer=AuditList,
    throttle=_THROTTLE,
)
def list_audit_entries(call: Call, query: AuditQuery) -> AuditList:
    """List entries of the tenant's audit trail, the newest first."""
    page = domain.find_all(
        call.session,
        call.tenant_id,
        domain.Filter(**query.model_dump(exclude={"limit", "cursor"})),
        limit=query.limit,
        below=from_cursor(query.cursor, int),
    )
    return AuditList(
        items=[AuditEntry.of(entry) for entry in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "POST",
    "/v1/admin/audit/exports",
    permission="audit:read",
    body=ExportAudit,
    answer=AuditExport,
    status=201,
    throttle=_EXPORTS,
)
def export_audit_trail(call: Call, body: ExportAudit) -> AuditExport:
    """Write entries into a file, as CSV or as JSON lines, and say where it is fetched."""
    wanted = domain.Filter(**body.model_dump(exclude={"format"}))
    name = f"audit-{call.now:%Y%m%dT%H%M%SZ}-{call.correlation_id}.{body.format}"
    columns = [field.alias or key for key, field in AuditEntry.model_fields.items()]
    with domain.stream(call.session, call.tenant_id, wanted) as entries:
        rows = (AuditEntry.of(entry).to_json() for entry in entries)
        file = exports.write(call.tenant_id, name, body.format, columns, rows, call.now)
    return AuditExport(
        format=body.format, entries=file.rows, url=file.url, expires_at=file.expires_at
    )


@route(
    "GET",
    "/v1/admin/audit/verification",
    permission="audit:read",
    query=VerificationQuery,
    answer=AuditVerification,
    throttle=_THROTTLE,
)
def verify_audit_trail(call: Call, query: VerificationQuery) -> AuditVerification:
    """Check that no entry was changed or removed; names the first broken link."""
    verification = domain.verify(call.session, call.tenant_id, query.after)
    return AuditVerification.model_validate(verification)
