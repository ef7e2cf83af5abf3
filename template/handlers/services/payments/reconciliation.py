"""Comparing our invoices with Stripe's: what webhooks lose or people change by hand shows up here.

What a webhook would have told is caught up on, in the way the webhook would have gone. Everything
else is reported and left alone: which side is right, a person knows.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.domain.payments import stripe_invoices
from handlers.platform.base.clock import Clock
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.money import Money
from handlers.platform.database.sessions import service_session, tenant_session
from handlers.platform.payments import invoices as stripe
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Refused, UnknownObject
from handlers.platform.payments.stripe_objects import InvoiceStatus, StripeInvoice
from handlers.services.payments import collection, refunds

Kind = Literal[
    "caught_up",
    "missing_there",
    "gone_there",
    "unknown_here",
    "amount_differs",
    "credits_differ",
    "status_differs",
]

UNDER_WAY: Final = timedelta(hours=6)
"""What was issued later than this may still be on its way to Stripe, retries included."""

# A refund that has succeeded may still fail: it is looked at again, too.
_INVOICES: Final = """
    SELECT i.tenant_id, i.invoice_id, i.status, i.currency, i.total_minor, c.credited_minor,
           i.issued_at, greatest(i.updated_at, c.credited_at) AS changed_at, s.stripe_invoice_id,
           s.status AS known_status, s.failed_attempts,
           EXISTS (SELECT FROM stripe_credit_notes AS r
                    WHERE r.tenant_id = i.tenant_id AND r.invoice_id = i.invoice_id
                      AND r.refund_status IN ('pending', 'requires_action', 'succeeded'))
           AS has_refunds
      FROM invoices AS i
      LEFT JOIN stripe_invoices AS s USING (tenant_id, invoice_id)
     CROSS JOIN LATERAL (
           SELECT coalesce(-sum(n.total_minor), 0)::bigint AS credited_minor,
                  max(n.created_at) AS credited_at
             FROM invoices AS n
            WHERE n.tenant_id = i.tenant_id AND n.credited_invoice_id = i.invoice_id) AS c
     WHERE i.tenant_id = %(tenant)s AND i.status <> 'draft' AND i.total_minor > 0
       AND (greatest(i.issued_at, i.updated_at, s.updated_at, c.credited_at) >= %(since)s
            OR s.status IN ('draft', 'open'))
     ORDER BY i.invoice_id
"""
# What may stand at Stripe beside a status of ours; anything else is a contradiction.
_AGREE: Final[Mapping[str, frozenset[InvoiceStatus]]] = {
    "pending": frozenset({"open"}),
    "overdue": frozenset({"open"}),
    "paid": frozenset({"paid", "void"}),  # void: it was paid by hand before it was finalized
    "cancelled": frozenset({"void"}),
}


class Difference(NamedTuple):
    """One thing that the two sides do not agree on."""

    kind: Kind
    detail: str
    tenant_id: TenantId | None = None
    invoice_id: InvoiceId | None = None
    stripe_invoice_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Write it for a log line or an event."""
        found = {
            "kind": self.kind,
            "detail": self.detail,
            "tenantId": self.tenant_id and str(self.tenant_id),
            "invoiceId": self.invoice_id and str(self.invoice_id),
            "stripeInvoiceId": self.stripe_invoice_id,
        }
        return {name: value for name, value in found.items() if value}


class Ours(NamedTuple):
    """One of our invoices, and what is known of the one that collects it."""

    tenant_id: TenantId
    invoice_id: InvoiceId
    status: str
    currency: str
    total_minor: int
    credited_minor: int
    issued_at: datetime
    changed_at: datetime
    stripe_invoice_id: str | None
    known_status: InvoiceStatus | None
    failed_attempts: int | None
    has_refunds: bool

    def differs(self, kind: Kind, detail: str) -> Difference:
        """Say what is different about this one."""
        return Difference(kind, detail, self.tenant_id, self.invoice_id, self.stripe_invoice_id)


Theirs = Mapping[str, StripeInvoice]


def invoices_of(tenant_id: TenantId, since: datetime) -> list[Ours]:
    """Read the invoices of a tenant that are open at Stripe, or changed since then."""
    with tenant_session(tenant_id) as session:
        rows = session.all(_INVOICES, {"tenant": tenant_id, "since": since})
    return [Ours(**row) for row in rows]


def compare(ours: Ours, theirs: Theirs, cause: UUID, clock: Clock) -> Iterator[Difference]:
    """Compare one of our invoices with Stripe's, and catch up on what a webhook should have told.

    Args:
        ours: our side.
        theirs: Stripe's invoices by their ids; one that is not among them is looked up.
        cause: the run.
        clock: the time.
    """
    if ours.stripe_invoice_id is None:
        if _is_open(ours) and ours.issued_at < clock() - UNDER_WAY:
            yield ours.differs("missing_there", "was not brought to Stripe")
        return
    found = theirs.get(ours.stripe_invoice_id) or _looked_up(ours.stripe_invoice_id)
    if found is None:
        if ours.known_status != "void" and _is_open(ours):
            yield ours.differs("gone_there", "Stripe does not know the invoice any more")
        return
    if _is_behind(ours, found) and collection.refresh(
        ours.tenant_id, ours.invoice_id, cause, clock
    ):
        yield ours.differs("caught_up", f"was {ours.known_status}, is {found.status} at Stripe")
        ours = _again(ours)
    elif ours.has_refunds and refunds.refresh(ours.tenant_id, ours.invoice_id, cause, clock):
        yield ours.differs("caught_up", "a refund is further at Stripe")
    yield from _contradictions(ours, found, clock())


def strangers(theirs: Theirs) -> Iterator[Difference]:
    """Find what bears this stack's name at Stripe, and collects none of our invoices.

    Our own rows are asked, of every tenant: that holds however few tenants a run has compared. What
    is no draft any more was remembered before.

    Args:
        theirs: Stripe's invoices by their ids.
    """
    final = [key for key, one in theirs.items() if one.status != "draft"]
    with service_session() as session:
        known = stripe_invoices.known(session, final)
    for key in final:
        if key not in known:
            tenant, invoice = theirs[key].claims
            claimed = f"claims tenant {tenant}, invoice {invoice}"
            yield Difference("unknown_here", claimed, stripe_invoice_id=key)


def _is_open(ours: Ours) -> bool:
    return ours.status in {"pending", "overdue"}


def _looked_up(stripe_id: str) -> StripeInvoice | None:
    try:
        return stripe.retrieve(stripe_id)
    except UnknownObject:
        return None


def _is_behind(ours: Ours, found: StripeInvoice) -> bool:
    return found.status != ours.known_status or (
        found.status == "open" and found.attempts > (ours.failed_attempts or 0)
    )


def _again(ours: Ours) -> Ours:
    """Read one of our invoices as it is now."""
    since = ours.issued_at
    return next(
        one for one in invoices_of(ours.tenant_id, since) if one.invoice_id == ours.invoice_id
    )


def _contradictions(ours: Ours, found: StripeInvoice, now: datetime) -> Iterator[Difference]:
    is_under_way = _may_be_under_way(ours, found, now)
    if not is_under_way and not _agree(ours, found):
        yield ours.differs("status_differs", f"{ours.status} here, {found.status} at Stripe")
    if found.status == "draft":
        return
    try:
        wanted = to_stripe(Money(ours.total_minor, ours.currency))
        credited = to_stripe(Money(ours.credited_minor, ours.currency))
    except Refused as error:
        yield ours.differs("amount_differs", str(error))
        return
    if (found.total, found.currency) != (wanted, ours.currency):
        there = f"{found.total} {found.currency}"
        yield ours.differs("amount_differs", f"{wanted} {ours.currency} here, {there} at Stripe")
    elif found.credited != credited and found.status != "void" and not is_under_way:
        there = f"{found.credited} {found.currency} at Stripe"
        yield ours.differs("credits_differ", f"{credited} {ours.currency} here, {there}")


def _agree(ours: Ours, found: StripeInvoice) -> bool:
    if (ours.status, found.status) == ("cancelled", "paid"):
        # nothing was left to be paid of it, or all of it was given back
        return found.credited >= found.total
    return found.status in _AGREE.get(ours.status, frozenset())


def _may_be_under_way(ours: Ours, found: StripeInvoice, now: datetime) -> bool:
    """Tell whether a consumer may still be about to bring the two together."""
    return max(ours.changed_at, found.created_at) > now - UNDER_WAY
