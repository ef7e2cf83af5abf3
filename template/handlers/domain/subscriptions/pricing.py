"""What a subscription costs: the price list applied to an order."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from handlers.catalog.add_ons import ADD_ONS
from handlers.catalog.subscription_tiers import SUBSCRIPTION_TIERS
from handlers.catalog.tier import AddOnId, BillingCycle, SubscriptionTier, SubscriptionTierId
from handlers.platform.base.errors import FieldError, Unprocessable
from handlers.platform.base.money import Money, minor_digits

LineKind = Literal["base", "seats", "add_on"]


class Line(NamedTuple):
    """One position of a price, as it stands on the invoice."""

    kind: LineKind
    description: str
    quantity: int
    unit_price: Money

    @property
    def amount(self) -> Money:
        """The price of the whole quantity."""
        return self.unit_price * self.quantity

    def to_event(self) -> dict[str, Any]:
        """Write the line into an event."""
        return {
            "kind": self.kind,
            "description": self.description,
            "quantity": self.quantity,
            "unitAmount": self.unit_price.amount_minor,
        }

    @classmethod
    def from_event(cls, line: dict[str, Any], currency: str) -> "Line":
        """Read a line that :meth:`to_event` wrote."""
        return cls(
            kind=line["kind"],
            description=line["description"],
            quantity=line["quantity"],
            unit_price=Money(line["unitAmount"], currency),
        )


class SubscriptionPrice(NamedTuple):
    """The price of one billing period of a subscription."""

    lines: tuple[Line, ...]
    currency: str

    @property
    def unit(self) -> Money:
        """The tier's own price, per seat where the tier is sold by the seat."""
        return self.lines[0].unit_price

    @property
    def total(self) -> Money:
        """The sum of all lines."""
        return sum((line.amount for line in self.lines), Money(0, self.currency))


def in_currency(hundredths: int, currency: str) -> Money:
    """Take a figure of the price list into a currency's minor units.

    The list counts hundredths; a currency may have fewer or more decimals (ISO 4217).

    Raises:
        ValueError: The figure cannot be paid in this currency, like 0.50 yen.
    """
    amount, rest = divmod(hundredths * 10 ** minor_digits(currency), 100)
    if rest:
        raise ValueError(f"{hundredths} hundredths cannot be expressed in {currency}")
    return Money(amount, currency)


def price_of(
    tier_id: SubscriptionTierId,
    cycle: BillingCycle,
    seats: int,
    add_ons: Iterable[AddOnId],
    currency: str,
) -> SubscriptionPrice:
    """Price one billing period.

    Raises:
        Unprocessable: Something of the order is not for sale like this; every fault is named.
    """
    tier = SUBSCRIPTION_TIERS[tier_id]
    ordered = tuple(add_ons)
    faults = [*_tier_faults(tier), *_seat_faults(tier, seats), *_add_on_faults(tier, ordered)]
    if faults:
        raise Unprocessable(f"The {tier.display_name} plan cannot be ordered like this.", faults)
    return SubscriptionPrice(
        (
            _tier_line(tier, cycle, seats, currency),
            *(_add_on_line(add_on_id, cycle, seats, currency) for add_on_id in ordered),
        ),
        currency,
    )


def _tier_faults(tier: SubscriptionTier) -> Iterable[FieldError]:
    if tier.pricing.contact_sales:
        yield FieldError(
            "/tierId",
            f"{tier.display_name} has no list price: contact sales to subscribe to it",
        )


def _seat_faults(tier: SubscriptionTier, seats: int) -> Iterable[FieldError]:
    least, most = tier.pricing.min_users, tier.pricing.max_users
    if seats < least:
        yield FieldError("/seatCount", f"{tier.display_name} has at least {least} seats")
    if most is not None and seats > most:
        yield FieldError("/seatCount", f"{tier.display_name} has at most {most} seats")


def _add_on_faults(tier: SubscriptionTier, add_ons: tuple[AddOnId, ...]) -> Iterable[FieldError]:
    for position, add_on_id in enumerate(add_ons):
        fault = _add_on_fault(tier, add_on_id, is_repeated=add_on_id in add_ons[:position])
        if fault:
            yield FieldError(f"/addOns/{position}", fault)


def _add_on_fault(tier: SubscriptionTier, add_on_id: AddOnId, *, is_repeated: bool) -> str | None:
    name = ADD_ONS[add_on_id].display_name
    if is_repeated:
        return f"{name} is listed twice"
    if add_on_id in tier.included_add_ons:
        return f"{name} is already part of {tier.display_name}"
    if add_on_id not in tier.available_add_ons:
        return f"{name} is not offered with {tier.display_name}"
    if ADD_ONS[add_on_id].monthly is None:
        return f"{name} has no list price: contact sales to add it"
    return None


def _tier_line(tier: SubscriptionTier, cycle: BillingCycle, seats: int, currency: str) -> Line:
    listed = tier.pricing.monthly if cycle == "monthly" else tier.pricing.annual
    return Line(
        kind="seats" if tier.pricing.per_user else "base",
        description=f"{tier.display_name} plan, {cycle}",
        quantity=seats if tier.pricing.per_user else 1,
        unit_price=in_currency(_listed(listed), currency),
    )


def _add_on_line(add_on_id: AddOnId, cycle: BillingCycle, seats: int, currency: str) -> Line:
    add_on = ADD_ONS[add_on_id]
    return Line(
        kind="add_on",
        description=f"{add_on.display_name}, {cycle}",
        quantity=seats if add_on.per_user else 1,
        unit_price=in_currency(
            _listed(add_on.monthly if cycle == "monthly" else add_on.annual), currency
        ),
    )


def _listed(price: int | None) -> int:
    if price is None:
        raise ValueError("something without a list price cannot be priced")
    return price
