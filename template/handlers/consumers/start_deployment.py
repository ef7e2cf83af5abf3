"""``deployment.approved`` is told to the pipelines, once.

A pipeline is outside: it is told under a fenced lease (`platform.messaging.deliveries`). A
deployment is announced by one event, in the decision's transaction; its id travels along, so that a
pipeline can refuse what it has begun already.
"""

from typing import Final, cast

from chalice.app import Chalice, SQSEvent

from handlers.platform.aws.deployment_bus import announce_deployment
from handlers.platform.base import telemetry
from handlers.platform.base.settings import settings
from handlers.platform.messaging import inbox
from handlers.platform.messaging.deliveries import deliver, key_of
from handlers.platform.messaging.events import Event

CONSUMER: Final = "start_deployment"
EVENT_TYPES: Final = frozenset({"deployment.approved"})
"""What the topic sends here: as in `terraform/event_types.json`."""

_TOLD: Final = ("deploymentId", "approvalId", "environment", "version")

app = Chalice(f"{__package__}.{CONSUMER}", configure_logs=False, env={})


class UnexpectedEventError(Exception):
    """The queue holds an event that starts no deployment; its filter is wrong."""


@app.on_sqs_message(queue=CONSUMER)
def handler(event: SQSEvent) -> inbox.Answer:
    """Tell the pipelines of a batch of approved deployments."""
    # Chalice types the context as a dict; it is the object Lambda made
    telemetry.begin(cast(telemetry.LambdaContext, event.context))
    return inbox.each(CONSUMER, event.to_dict()["Records"], start)


def start(event: Event) -> None:
    """Tell the pipelines of one approved deployment, once.

    Raises:
        UnexpectedEventError: It is no approved deployment.
    """
    if event.event_type not in EVENT_TYPES:
        raise UnexpectedEventError(f"{event.event_type} starts no deployment")
    config = settings()
    deployment = {name: event.data[name] for name in _TOLD}
    deliver(
        event.tenant_id,
        key_of(CONSUMER, event.event_id),
        "pipeline",
        config.required("deployments_bus"),
        lambda _key: announce_deployment(deployment, event.occurred_at, config),
    )
