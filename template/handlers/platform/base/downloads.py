"""The price list that the operator publishes somewhere, fetched within limits.

Its address is a setting of the stack and never part of a request.
"""

from typing import Any, Final

from handlers.platform.base.errors import ServiceUnavailable
from handlers.platform.base.settings import MisconfiguredError
from handlers.platform.base.telemetry import log

MAX_BYTES: Final = 1024 * 1024
_TIMEOUT_S: Final = 5
_UNAVAILABLE: Final = "The price list cannot be fetched right now; nothing was changed."


def fetch(address: str) -> bytes:
    """Fetch the price list.

    Raises:
        MisconfiguredError: The address is not one of https.
        ServiceUnavailable: It cannot be fetched, or is larger than any price list.
    """
    from http.client import HTTPException

    if not address.startswith("https://"):
        raise MisconfiguredError("PRICING_SOURCE_URL must begin with https://")
    try:
        with _opener().open(address, timeout=_TIMEOUT_S) as response:
            document: bytes = response.read(MAX_BYTES + 1)
    except (OSError, HTTPException) as error:
        log.warning("price list not fetched", reason=str(error))
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=30) from error
    if len(document) > MAX_BYTES:
        raise ServiceUnavailable(f"The price list is larger than {MAX_BYTES} bytes.")
    return document


def _opener() -> Any:
    """Make what opens an address and keeps to it."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirects(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    return build_opener(NoRedirects)
