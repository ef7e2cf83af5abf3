"""How a payment provider fails us."""


class PaymentProviderError(Exception):
    """A call to Stripe did not do what it was made for."""


class Unreachable(PaymentProviderError):
    """Stripe did not answer, or asks to wait: the same call, with the same key, may come again."""


class Refused(PaymentProviderError):
    """Stripe does not do this, however often it is asked."""


class UnknownObject(Refused):
    """Stripe has no such object."""


class Declined(PaymentProviderError):
    """The customer's bank says no; a result, not a fault.

    Args:
        code: such as `card_declined` or `insufficient_funds`.
        message: what the card's owner may be told.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
