"""Comparing our invoices with Stripe's: what webhooks lose or people change by hand shows up here.

What a webhook would have told is caught up on, in the way the webhook would have gone. Everything
else is reported and left alone: which side is right, a person knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from handlers.domain.payments import recorded_invoices, stripe_invoices
from handlers.domain.payments.recorded_invoices import RecordedInvoice
from handlers.platform.base.clock import Clock
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.money import Money
from handlers.platform.database.sessions import service_session, tenant_session
from handlers.platform.payments import invoices as stripe
from handlers.platform.payments.amounts import to_stripe
from handlers.platform.payments.errors import Refused, UnknownObject
from handlers.platform.payments.stripe_objects import StripeInvoice, StripeInvoiceStatus
from handlers.services.payments import collection, refunds

DifferenceKind = Literal[
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

# What may stand at Stripe beside a status of ours; anything else is a contradiction.
_AGREE: Final[Mapping[str, frozenset[StripeInvoiceStatus]]] = {
    "pending": frozenset({"open"}),
    "overdue": frozenset({"open"}),
    "paid": frozenset({"paid", "void"}),  # void: it was paid by hand before it was finalized
    "cancelled": frozenset({"void"}),
}


class Difference(NamedTuple):
    """One thing that the two sides do not agree on."""

    kind: DifferenceKind
    detail: str
    tenant_id: TenantId | None = None
    invoice_id: InvoiceId | None = None
    stripe_invoice_id: str | None = None

    @classmethod
    def of(cls, ours: RecordedInvoice, kind: DifferenceKind, detail: str) -> "Difference":
        """Say what is different about one of our invoices."""
        return cls(kind, detail, ours.tenant_id, ours.invoice_id, ours.stripe_invoice_id)

    def to_json(self) -> dict[str, Any]:
        """Write it for a log line or an event."""
        fields = {
            "kind": self.kind,
            "detail": self.detail,
            "tenantId": self.tenant_id and str(self.tenant_id),
            "invoiceId": self.invoice_id and str(self.invoice_id),
            "stripeInvoiceId": self.stripe_invoice_id,
        }
        return {name: value for name, value in fields.items() if value}


Theirs = Mapping[str, StripeInvoice]


def invoices_of(tenant_id: TenantId, since: datetime) -> Sequence[RecordedInvoice]:
    """Read the invoices of a tenant that are open at Stripe, or changed since then."""
    with tenant_session(tenant_id) as session:
        return recorded_invoices.find_changed(session, tenant_id, since)


def compare(
    ours: RecordedInvoice, theirs: Theirs, cause: UUID, clock: Clock
) -> Iterator[Difference]:
    """Compare one of our invoices with Stripe's, and catch up on what a webhook should have told.

    Args:
        ours: our side.
        theirs: Stripe's invoices by their ids; one that is not among them is looked up.
        cause: the run.
        clock: the time.
    """
    if ours.stripe_invoice_id is None:
        if ours.is_unpaid and ours.issued_at < clock() - UNDER_WAY:
            yield Difference.of(ours, "missing_there", "was not brought to Stripe")
        return
    stripe_invoice = theirs.get(ours.stripe_invoice_id) or _looked_up(ours.stripe_invoice_id)
    if stripe_invoice is None:
        if ours.known_status != "void" and ours.is_unpaid:
            yield Difference.of(ours, "gone_there", "Stripe does not know the invoice any more")
        return
    if _is_behind(ours, stripe_invoice) and collection.refresh(
        ours.tenant_id, ours.invoice_id, cause, clock
    ):
        yield Difference.of(
            ours, "caught_up", f"was {ours.known_status}, is {stripe_invoice.status} at Stripe"
        )
        ours = _again(ours)
    elif ours.has_refunds and refunds.refresh(ours.tenant_id, ours.invoice_id, cause, clock):
        yield Difference.of(ours, "caught_up", "a refund is further at Stripe")
    yield from _contradictions(ours, stripe_invoice, clock())


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


def _looked_up(stripe_id: str) -> StripeInvoice | None:
    try:
        return stripe.retrieve(stripe_id)
    except UnknownObject:
        return None


def _is_behind(ours: RecordedInvoice, stripe_invoice: StripeInvoice) -> bool:
    return stripe_invoice.status != ours.known_status or (
        stripe_invoice.status == "open" and stripe_invoice.attempts > (ours.failed_attempts or 0)
    )


def _again(ours: RecordedInvoice) -> RecordedInvoice:
    """Read one of our invoices as it is now."""
    since = ours.issued_at
    return next(
        one for one in invoices_of(ours.tenant_id, since) if one.invoice_id == ours.invoice_id
    )


def _contradictions(
    ours: RecordedInvoice, stripe_invoice: StripeInvoice, now: datetime
) -> Iterator[Difference]:
    is_under_way = _may_be_under_way(ours, stripe_invoice, now)
    if not is_under_way and not _agree(ours, stripe_invoice):
        yield Difference.of(
            ours, "status_differs", f"{ours.status} here, {stripe_invoice.status} at Stripe"
        )
    if stripe_invoice.status == "draft":
        return
    try:
        wanted = to_stripe(Money(ours.total_minor, ours.currency))
        credited = to_stripe(Money(ours.credited_minor, ours.currency))
    except Refused as error:
        yield Difference.of(ours, "amount_differs", str(error))
        return
    if (stripe_invoice.total, stripe_invoice.currency) != (wanted, ours.currency):
        at_stripe = f"{stripe_invoice.total} {stripe_invoice.currency}"
        yield Difference.of(
            ours, "amount_differs", f"{wanted} {ours.currency} here, {at_stripe} at Stripe"
        )
    elif (
        stripe_invoice.credited != credited and stripe_invoice.status != "void" and not is_under_way
    ):
        at_stripe = f"{stripe_invoice.credited} {stripe_invoice.currency}"
        yield Difference.of(
            ours, "credits_differ", f"{credited} {ours.currency} here, {at_stripe} at Stripe"
        )


def _agree(ours: RecordedInvoice, stripe_invoice: StripeInvoice) -> bool:
    if (ours.status, stripe_invoice.status) == ("cancelled", "paid"):
        # nothing was left to be paid of it, or all of it was given back
        return stripe_invoice.credited >= stripe_invoice.total
    return stripe_invoice.status in _AGREE.get(ours.status, frozenset())


def _may_be_under_way(ours: RecordedInvoice, stripe_invoice: StripeInvoice, now: datetime) -> bool:
    """Tell whether a consumer may still be about to bring the two together."""
    return max(ours.changed_at, stripe_invoice.created_at) > now - UNDER_WAY
