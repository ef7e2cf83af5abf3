"""``deployment.approved`` is told to the pipelines, once.

A pipeline is outside: it is told under a fenced lease (`platform.messaging.deliveries`). A
deployment is announced by one event, in the decision's transaction; its id travels along, so that a
pipeline can refuse what it has begun already.
"""

from typing import Final

from handlers.platform.aws.deployment_bus import publish_deployment
from handlers.platform.base.settings import settings
from handlers.platform.messaging.consumer import consumer
from handlers.platform.messaging.deliveries import deliver, key_of
from handlers.platform.messaging.events import Event

CONSUMER: Final = "start_deployment"

_TOLD: Final = ("deploymentId", "approvalId", "environment", "version")


def start(event: Event) -> None:
    """Tell the pipelines of one approved deployment, once."""
    config = settings()
    deployment = {name: event.data[name] for name in _TOLD}
    deliver(
        event.tenant_id,
        key_of(CONSUMER, event.event_id),
        "pipeline",
        config.required("deployments_bus"),
        lambda _key: publish_deployment(deployment, event.occurred_at, config),
    )


handler = consumer(CONSUMER, start, accepts={"deployment.approved"})
