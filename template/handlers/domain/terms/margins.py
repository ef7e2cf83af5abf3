"""What comes on top of the cost of usage: a fixed percentage, or bands with one each.

A tiered margin is graduated: each band's percentage applies to the part of a period's cost inside
the band. Bounds are of the cost, in minor units; the last band has none. A cost below zero, which a
correction can leave behind, lies in the first band.
"""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal, Inexact, InvalidOperation, localcontext
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from handlers.domain.terms.billing_settings import BillingSettings
from handlers.platform.base.money import minor_digits

# Decimal rounds to 28 digits by default. No sum of usage is this long; if one were, it would fail
# loudly and not be billed nearly right.
_EXACT: Final = Context(prec=200, traps=[Inexact, InvalidOperation])


class _Band(NamedTuple):
    """A part of the cost; None where it has no bound on that side."""

    above: Decimal | None
    up_to: Decimal | None
    percent: Decimal


def billed(settings: BillingSettings, provider_cost: Decimal) -> Decimal:
    """Put the margin on top of a period's cost, exact and not rounded.

    Args:
        settings: The tenant's.
        provider_cost: What the period's usage costs, in major units of the currency.
    """
    with localcontext(_EXACT):
        return _billed(_bands(settings), provider_cost)


def increments(
    settings: BillingSettings, so_far: Decimal, provider_costs: Iterable[Decimal]
) -> list[Decimal]:
    """Tell what each of several costs adds to a period's bill, one after the other.

    Args:
        settings: The tenant's.
        so_far: What the period's usage costs before the first of them; without effect where the
            margin is fixed.
        provider_costs: In major units of the currency.
    """
    with localcontext(_EXACT):
        bands = _bands(settings)
        totals = list(accumulate(provider_costs, initial=so_far))
        bills = [_billed(bands, total) for total in totals]
        return [after - before for before, after in pairwise(bills)]


def _billed(bands: Sequence[_Band], cost: Decimal) -> Decimal:
    margin = sum((_inside(band, cost) * band.percent for band in bands), Decimal(0))
    return cost + margin.scaleb(-2)


def _bands(settings: BillingSettings) -> Sequence[_Band]:
    if settings.margin_type == "fixed":
        return [_Band(None, None, settings.margin_percent)]
    digits = minor_digits(settings.currency)
    bounds = [
        None if tier.get("upToMinor") is None else Decimal(tier["upToMinor"]).scaleb(-digits)
        for tier in settings.margin_tiers
    ]
    percents = [Decimal(tier["marginPercent"]) for tier in settings.margin_tiers]
    edges = pairwise([None, *bounds])
    return [_Band(*edge, percent) for edge, percent in zip(edges, percents, strict=True)]


def _inside(band: _Band, cost: Decimal) -> Decimal:
    """Give the part of a cost that lies in a band."""
    above = Decimal(0) if band.above is None else band.above
    if band.above is not None and cost <= above:
        return Decimal(0)
    return (cost if band.up_to is None else min(cost, band.up_to)) - above
