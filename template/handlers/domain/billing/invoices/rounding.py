"""Rounding money so that parts add up to their total, to the last minor unit.

Amounts before rounding are fractions of minor units: exact, whatever they were divided by.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from handlers.platform.base.money import minor_digits


def in_minor(amount: Decimal, currency: str) -> Fraction:
    """Take an amount in major units into minor units, exactly."""
    units: int = 10 ** minor_digits(currency)
    return Fraction(amount) * units


def rounded(exact: Fraction) -> int:
    """Round to the nearest whole number; a half goes away from zero, as trade does it."""
    nearest = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return nearest if exact >= 0 else -nearest


def apportion(exact: Sequence[Fraction]) -> list[int]:
    """Round every part so that the parts add up to their rounded sum (largest remainder).

    Each part is rounded down; what the total has more goes, one unit each, to the parts that lost
    most, the first of equals first. No part is off by a whole unit.
    """
    floors = [part.numerator // part.denominator for part in exact]
    missing = rounded(sum(exact, Fraction(0))) - sum(floors)
    by_loss = sorted(range(len(exact)), key=lambda n: floors[n] - exact[n])
    for position in by_loss[:missing]:
        floors[position] += 1
    return floors


def tax_of(subtotal_minor: int, percent: Decimal) -> int:
    """Give the tax on a subtotal."""
    return rounded(subtotal_minor * Fraction(percent) / 100)
