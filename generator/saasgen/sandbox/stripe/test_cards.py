"""Cards that always behave in one way (https://docs.stripe.com/testing)."""

from typing import Final, NamedTuple


class Card(NamedTuple):
    """A card, and what its bank says.

    Args:
        code: of the error when it is charged; None for a charge that succeeds.
        refuses_attaching: whether the bank says so already when the card is attached.
        refunds_become: what becomes of a refund some time later; None if it is settled at once.
    """

    brand: str
    last4: str
    code: str | None = None
    decline_code: str = ""
    refuses_attaching: bool = False
    refunds_become: str | None = None

    @property
    def message(self) -> str:
        """What the card's owner is told."""
        return _MESSAGES[self.code or ""]


_MESSAGES: Final = {
    "card_declined": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}

TEST_CARDS: Final = {
    "pm_card_visa": Card("visa", "4242"),
    "pm_card_mastercard": Card("mastercard", "4444"),
    "pm_card_amex": Card("amex", "8431"),
    "pm_card_chargeDeclined": Card("visa", "0002", "card_declined", "generic_decline", True),
    "pm_card_chargeDeclinedInsufficientFunds": Card(
        "visa", "9995", "card_declined", "insufficient_funds", True
    ),
    "pm_card_chargeDeclinedExpiredCard": Card("visa", "0069", "expired_card", "expired_card", True),
    "pm_card_chargeDeclinedIncorrectCvc": Card(
        "visa", "0127", "incorrect_cvc", "incorrect_cvc", True
    ),
    "pm_card_chargeDeclinedProcessingError": Card(
        "visa", "0119", "processing_error", "processing_error", True
    ),
    "pm_card_pendingRefund": Card("visa", "7726", refunds_become="succeeded"),
    "pm_card_refundFail": Card("visa", "5126", refunds_become="failed"),
    "pm_card_chargeCustomerFail": Card("visa", "0341", "card_declined", "generic_decline"),
    "pm_card_authenticationRequired": Card(
        "visa", "3155", "authentication_required", "authentication_required"
    ),
}
