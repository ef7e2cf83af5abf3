"""What payment providers report. The signature is the authorization: nobody signs in here."""

from typing import Final

from handlers.api.http.models import Answer, RawBody
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.payments import stripe_events
from handlers.platform.base import telemetry
from handlers.platform.base.errors import BadRequest, NotFound
from handlers.platform.database.sessions import service_session
from handlers.platform.messaging.events import nudge_relay
from handlers.platform.payments import signatures
from handlers.platform.payments.secret import is_connected
from handlers.platform.payments.signatures import ForgedError

_THROTTLE: Final = Throttle(rate=100, burst=200)


class Receipt(Answer):
    """What a provider reads is the status alone: anything else than 2xx, and it sends again."""

    is_new: bool


@route(
    "POST",
    "/v1/webhooks/stripe",
    permission=None,
    body=RawBody,
    answer=Receipt,
    throttle=_THROTTLE,
)
def receive_stripe_event(call: Call, body: bytes) -> Receipt:
    """Take note of what Stripe reports; the same report again changes nothing."""
    if not is_connected():
        raise NotFound("This stack has no payment provider.")
    try:
        report = signatures.verified(body, call.request.headers.get("stripe-signature"))
    except ForgedError as error:
        telemetry.count("webhook_refused")
        telemetry.log.warning("webhook refused", reason=str(error))
        raise BadRequest("The signature of this webhook does not hold.") from error
    with service_session() as session:
        is_new = stripe_events.receive(session, call.now, report)
    nudge_relay()
    return Receipt(is_new=is_new)
