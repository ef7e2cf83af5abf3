"""Objects of Stripe as values: what we send it and what it answers, without its SDK."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Self

from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.money import Money

StripeInvoiceStatus = Literal["draft", "open", "uncollectible", "void", "paid"]


class BillLine(NamedTuple):
    """One position: an amount, never a quantity as well, or Stripe would multiply them."""

    number: int
    description: str
    amount: Money


class Bill(NamedTuple):
    """What Stripe is to collect.

    Args:
        is_automatic: whether the customer's card is charged; otherwise it pays by a page.
    """

    tenant_id: TenantId
    invoice_id: InvoiceId
    number: str
    customer: str
    total: Money
    due_at: datetime
    positions: Sequence[BillLine]
    is_automatic: bool


class StripeInvoice(NamedTuple):
    """An invoice as Stripe has it; its amount is as Stripe counts.

    Args:
        failure: why the last attempt to collect it failed.
        claims: the ids of tenant and invoice that stand on it. Anybody with access to the account
            may write them: they are never trusted alone.
        open_amount: what is still to be paid.
        credited: what credit notes took off it, before and after it was paid.
        charged: what Stripe collected itself, of an invoice that was retrieved by its id.
        is_advancing: whether Stripe collects by itself, and repeats what fails.
    """

    stripe_id: str
    status: StripeInvoiceStatus
    total: int
    currency: str
    attempts: int
    created_at: datetime
    paid_at: datetime | None
    hosted_url: str | None
    failure: str | None
    claims: tuple[str | None, str | None] = (None, None)
    open_amount: int = 0
    credited: int = 0
    charged: int = 0
    is_advancing: bool = False

    @classmethod
    def discarded(cls, stripe_id: str) -> Self:
        """Describe a draft that was deleted."""
        return cls(stripe_id, "void", 0, "", 0, datetime.min.replace(tzinfo=UTC), None, None, None)


RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]


class Credit(NamedTuple):
    """One of our credit notes, as Stripe is to have it; amounts as Stripe counts.

    Args:
        amount: all of it.
        refunded: how much of it Stripe gives back the way it came.
        elsewhere: how much of it somebody gives back outside Stripe.
    """

    tenant_id: TenantId
    credit_note_id: InvoiceId
    memo: str
    amount: int
    refunded: int
    elsewhere: int


class StripeRefund(NamedTuple):
    """Money on its way back; `failure` says why it did not arrive."""

    stripe_id: str
    status: RefundStatus
    failure: str | None


class StripeCreditNote(NamedTuple):
    """A credit note as Stripe has it."""

    stripe_id: str
    refund: StripeRefund | None


class StripeEvent(NamedTuple):
    """What Stripe reports: that something happened to an object, not how the object is now."""

    event_id: str
    event_type: str
    occurred_at: datetime
    object_id: str
