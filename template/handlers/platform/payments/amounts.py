"""Amounts as Stripe counts them, which is not always in minor units of ISO 4217.

https://docs.stripe.com/currencies: for some currencies Stripe keeps decimals that ISO 4217 has
given up, or has none where ISO 4217 has some; of three decimals it takes two.
"""

from typing import Final

from handlers.platform.base.money import Money, minor_digits
from handlers.platform.payments.errors import Refused

_DIGITS: Final = {"ISK": 2, "UGX": 2, "MGA": 0}
_UNSUPPORTED: Final = frozenset({"CLF", "IQD", "LYD", "UYI", "UYW"})


def to_stripe(money: Money) -> int:
    """Return the amount to send.

    Raises:
        Refused: Stripe cannot charge such an amount.
    """
    currency = money.currency
    if currency in _UNSUPPORTED:
        raise Refused(f"Stripe does not charge in {currency}")
    ours, theirs = minor_digits(currency), _DIGITS.get(currency, minor_digits(currency))
    scaled = money.amount_minor * int(10 ** max(theirs - ours, 0))
    unit = int(10 ** max(ours - theirs, 0))
    step = unit * (10 if ours == 3 else 1)
    if scaled % step:
        raise Refused(f"Stripe charges no fractions such as those of {money}")
    return scaled // unit
