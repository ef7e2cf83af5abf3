"""The breaker of a billing run: which drafts leave sane bounds, so that nothing is issued."""

from decimal import Decimal
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from handlers.domain.billing.runs import BillingRun
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.money import Money, minor_digits
from handlers.platform.database.sessions import Session

# What was finalized or voided since then does not stop a run.
_DRAFTS: Final = """
    SELECT i.tenant_id, i.invoice_id, i.currency, i.total_minor, i.usage_minor,
           before.usage_minor AS previous_minor
      FROM billing_run_items AS item
     CROSS JOIN LATERAL unnest(item.invoice_ids) AS drafted (invoice_id)
      JOIN invoices AS i USING (tenant_id, invoice_id)
      LEFT JOIN LATERAL (
           SELECT p.usage_minor FROM invoices AS p
            WHERE p.tenant_id = i.tenant_id AND p.currency = i.currency AND p.reason = 'period'
              AND p.period_start < i.period_start AND p.status <> 'cancelled'
            ORDER BY p.period_start DESC LIMIT 1) AS before ON true
     WHERE item.run_id = %s AND i.status = 'draft'
"""


class Bounds(BaseModel):
    """What an invoice may be; amounts are in whole units of its currency, such as dollars.

    Attributes:
        most: an invoice above this is named.
        most_times: so is one with more than this many times the usage of the one before, whatever
            was agreed before and falls due once a year,
        unless_below: unless that is below this: a little more than little is no reason to stop.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    most: Annotated[int, Field(ge=0)] = 100_000
    most_times: Annotated[Decimal, Field(gt=0)] = Decimal(10)
    unless_below: Annotated[int, Field(ge=0)] = 100


class Fault(NamedTuple):
    """A draft that leaves the bounds."""

    tenant_id: TenantId
    invoice_id: InvoiceId
    total: Money
    reason: str

    def to_json(self) -> dict[str, str]:
        """Name it."""
        return {
            "tenantId": str(self.tenant_id),
            "invoiceId": str(self.invoice_id),
            "total": str(self.total),
            "reason": self.reason,
        }


def find_faults(session: Session, run: BillingRun, bounds: Bounds) -> list[Fault]:
    """Look at every draft of a run; in a service session."""
    faults = []
    with session.stream(_DRAFTS, [run.run_id]) as drafts:
        for row in drafts:
            total = Money(row["total_minor"], row["currency"])
            reason = fault_of(total, row["usage_minor"], row["previous_minor"], bounds)
            if reason is not None:
                faults.append(Fault(row["tenant_id"], row["invoice_id"], total, reason))
    return faults


def fault_of(
    total: Money, usage_minor: int, previous_minor: int | None, bounds: Bounds
) -> str | None:
    """Tell what is wrong with an invoice, given the usage of the one before; None for nothing."""
    currency, unit = total.currency, 10 ** minor_digits(total.currency)
    if total.amount_minor < 0:
        return "gives money back"
    if total.amount_minor > bounds.most * unit:
        return f"is above {Money(bounds.most * unit, currency)}"
    if previous_minor is None or usage_minor < bounds.unless_below * unit:
        return None
    if usage_minor > bounds.most_times * max(0, previous_minor):
        times, previous = f"{bounds.most_times.normalize():f}", Money(previous_minor, currency)
        return f"has more than {times} times the usage of the one before, {previous}"
    return None
