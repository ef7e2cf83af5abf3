"""The invoice of a new subscription: written and issued as soon as it is agreed."""

from datetime import datetime
from uuid import UUID

from handlers.domain.base.origin import Origin
from handlers.domain.billing.invoices import publishing, reading, transitions
from handlers.domain.billing.invoices.draft import Draft, DraftLine, store
from handlers.domain.billing.invoices.invoice import Invoice
from handlers.domain.billing.invoices.parties import parties_of
from handlers.domain.notifications.mail_text import Sender
from handlers.domain.subscriptions.pricing import Line
from handlers.domain.terms import billing_settings
from handlers.platform.base.ids import SubscriptionId
from handlers.platform.database.sessions import Session
from handlers.platform.messaging.events import Event

_ACTOR = "generate_invoice"


def generate_for(
    session: Session, now: datetime, event: Event, seller: Sender
) -> tuple[Invoice, bool] | None:
    """Write the invoice that a ``subscription.created`` asks for, issue and publish it.

    Returns:
        The invoice, and whether it is new; None where there is nothing to pay, as in a trial or
        for a free plan.
    """
    data = event.data
    lines = [Line.from_event(line, data["currency"]) for line in data["lines"]]
    if sum(line.amount.amount_minor for line in lines) != data["amount"]:
        raise ValueError(f"the lines of event {event.event_id} do not add up to its amount")
    if data["amount"] == 0:
        return None
    terms = billing_settings.read(session, event.tenant_id, data["currency"])
    draft = Draft(
        reason="subscription_start",
        subscription_id=SubscriptionId(UUID(data["subscriptionId"])),
        period_start=datetime.fromisoformat(data["periodStart"]),
        period_end=datetime.fromisoformat(data["periodEnd"]),
        currency=data["currency"],
        lines=[DraftLine.of(line) for line in lines],
        tax_percent=terms.tax_due_percent,
    )
    return generate(session, now, event, draft, seller)


def generate(
    session: Session, now: datetime, event: Event, draft: Draft, seller: Sender
) -> tuple[Invoice, bool]:
    """Store and issue a draft, or find the invoice that is there already."""
    stored = store(session, now, event.tenant_id, draft)
    if stored is None:
        invoice = reading.find_like(session, event.tenant_id, draft)
        return reading.with_lines(session, invoice), False
    origin = Origin(_ACTOR, event.correlation_id)
    publishing.publish(session, now, "invoice.generated", stored, origin)
    issued = transitions.issue(session, now, stored, parties_of(session, event.tenant_id, seller))
    publishing.publish(session, now, "invoice.finalized", issued, origin)
    return issued, True
