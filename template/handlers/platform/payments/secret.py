"""The key of the Stripe account and the secrets of its webhooks, from Secrets Manager.

The secret is a JSON object, `{"apiKey": ..., "webhookSecrets": [...]}`. It is read again after five
minutes, and at once where what is known of it is refused: so both are rotated without a deployment.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, Final

from handlers.platform.base.settings import MisconfiguredError, settings

LIFE_S: Final = 300.0
_SHORTEST_LIFE_S: Final = 30.0
"""However often somebody sends forged webhooks, the secret is not read more often for it."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What opens the account, and what proves that a webhook is Stripe's; it prints neither."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)


class _Kept:
    """What was read last."""

    secret: Secret | None = None
    read_at: float = 0.0
    lock = Lock()


def is_connected() -> bool:
    """Tell whether the stack has a payment provider."""
    return bool(settings().stripe_secret_arn)


def secret(*, unlike: Secret | None = None) -> Secret:
    """Return the secret, from memory while it is fresh.

    Args:
        unlike: what was refused; it is not given again without a look whether it was rotated.

    Raises:
        MisconfiguredError: There is none, or it does not hold what it should.
    """
    with _Kept.lock:
        age = monotonic() - _Kept.read_at
        is_refused = unlike is not None and unlike == _Kept.secret and age >= _SHORTEST_LIFE_S
        if _Kept.secret is None or age >= LIFE_S or is_refused:
            _Kept.secret, _Kept.read_at = _read(), monotonic()
        return _Kept.secret


def forget() -> None:
    """Read the secret anew when it is next asked for."""
    _Kept.secret = None


def _read() -> Secret:
    arn = settings().required("stripe_secret_arn")
    text = _client().get_secret_value(SecretId=arn)["SecretString"]
    try:
        fields = json.loads(text)
        made = Secret(str(fields["apiKey"]), tuple(map(str, fields["webhookSecrets"])))
    except (KeyError, TypeError, ValueError) as error:
        raise MisconfiguredError(
            f"the secret {arn} must be a JSON object with apiKey and webhookSecrets"
        ) from error
    return made


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 3})
    return boto3.client("secretsmanager", config=patience)
