"""Whether a webhook is Stripe's: its signature, by any of the secrets that hold now."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from handlers.platform.payments import secret as secrets
from handlers.platform.payments.secret import Secret
from handlers.platform.payments.stripe_objects import StripeEvent

TOLERANCE_S: Final = 300
"""How old a signed webhook may be, by the real time: Stripe signs every attempt anew."""


class ForgedError(Exception):
    """Nothing proves that Stripe sent this."""


def verified(body: bytes, header: str | None) -> StripeEvent:
    """Return what a webhook reports.

    Raises:
        ForgedError: No secret that holds has signed it, it is too old, or it is no event.
    """
    known = secrets.secret()
    if not _is_signed(body, header, known) and not _is_signed(
        body, header, secrets.secret(unlike=known)
    ):
        raise ForgedError("no secret of ours has signed this, or not in the last minutes")
    try:
        return _report(json.loads(body))
    except (KeyError, TypeError, ValueError) as error:
        raise ForgedError("it is signed, but it is no event") from error


def _is_signed(body: bytes, header: str | None, secret: Secret) -> bool:
    from stripe import SignatureVerificationError, WebhookSignature

    for one in secret.webhook_secrets:
        try:
            WebhookSignature.verify_header(body, header, one, TOLERANCE_S)
        except (SignatureVerificationError, UnicodeDecodeError):
            continue
        return True
    return False


def _report(event: dict[str, Any]) -> StripeEvent:
    if event["object"] != "event":
        raise ValueError("no event")
    return StripeEvent(
        event_id=str(event["id"]),
        event_type=str(event["type"]),
        occurred_at=datetime.fromtimestamp(event["created"], tz=UTC),
        object_id=str(event["data"]["object"].get("id", "")),
    )
