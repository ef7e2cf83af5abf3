"""Calling Stripe: with the key of the moment, a pinned version, limits of time, and our errors."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeVar

from handlers.platform.base.settings import settings
from handlers.platform.payments import secret as secrets
from handlers.platform.payments.errors import (
    Declined,
    PaymentProviderError,
    Refused,
    UnknownObject,
    Unreachable,
)
from handlers.platform.payments.secret import Secret

if TYPE_CHECKING:
    from stripe import HTTPClient, RequestOptions, StripeClient, StripeError

Result = TypeVar("Result")

API_VERSION: Final = "2026-10-28.endive"
"""What our code is written for; a new one is a change of ours, not of the account's settings."""
_PATIENCE_S: Final = (2.0, 8.0)  # to connect, and to wait for an answer
_TRY_LATER: Final = frozenset({409, 429})


def call(operation: Callable[["StripeClient"], Result]) -> Result:
    """Run a call, with the key read anew where the one we know is refused.

    Raises:
        Declined: The customer's bank says no.
        UnknownObject: There is no such object.
        Refused: Stripe does not do this.
        Unreachable: Stripe cannot be reached now, or not in time.
    """
    import stripe

    known = secrets.secret()
    try:
        return operation(_client(known))
    except stripe.AuthenticationError as error:
        current = secrets.secret(unlike=known)
        if current == known:
            raise Refused("Stripe does not accept the key in the secret") from error
    except stripe.StripeError as error:
        raise _provider_error(error) from error
    try:
        return operation(_client(current))
    except stripe.StripeError as error:
        raise _provider_error(error) from error


def once(*parts: object) -> "RequestOptions":
    """Make a write that takes effect once, however often it is sent.

    Args:
        parts: what the write is about: the same write has the same parts.
    """
    return {"idempotency_key": ":".join([stack(), *map(str, parts)])}


def stack() -> str:
    """Name this stack: what is ours in an account that other systems may bill by, too."""
    config = settings()
    return f"{config.stack_name}-{config.environment}"


def _client(secret: Secret) -> "StripeClient":
    from stripe import StripeClient

    base = settings().stripe_api_base
    return StripeClient(
        secret.api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": base} if base else {},
        # the queue tries again: an attempt inside an attempt would only use up its time
        max_network_retries=0,
        http_client=_transport(),
    )


@cache
def _transport() -> "HTTPClient":
    from stripe import RequestsClient

    timeout: Any = _PATIENCE_S  # handed to requests, which takes a pair
    return RequestsClient(timeout=timeout)


def _provider_error(error: "StripeError") -> PaymentProviderError:
    """Say in our words what the SDK raised."""
    import stripe

    message = str(error)
    if isinstance(error, stripe.CardError):
        code = error.error.decline_code if error.error else None
        return Declined(code or error.code or "card_declined", error.user_message or message)
    if isinstance(error, stripe.APIConnectionError):
        return Unreachable(message)
    status = error.http_status or 500
    if status in _TRY_LATER or status >= 500:
        return Unreachable(message)
    if error.code == "resource_missing":
        return UnknownObject(message)
    return Refused(message)
