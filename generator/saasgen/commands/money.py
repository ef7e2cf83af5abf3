"""How commands show money: rounded to cents, here and nowhere before."""

from decimal import ROUND_HALF_UP, Decimal

_CENT = Decimal("0.01")


def dollars(amount: Decimal) -> str:
    """`1234.5` as `$1,234.50`."""
    cents = amount.quantize(_CENT, ROUND_HALF_UP)
    return f"-${-cents:,}" if cents < 0 else f"${abs(cents):,}"


def change_in_dollars(amount: Decimal) -> str:
    """`1234.5` as `+$1,234.50`."""
    shown = dollars(amount)
    return shown if shown.startswith("-") else f"+{shown}"


def exact(amount: Decimal) -> str:
    """All digits, without an exponent: for machines."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
