"""``deployment.approved`` is published to the pipelines, once.

Pipelines are outside the stack: publishing to them takes a fenced lease
(`platform.messaging.deliveries`). The decision's transaction publishes one event per deployment.
The event carries the deployment's id, so that a pipeline can refuse what it has begun already.
"""

from typing import Final

from handlers.platform.aws.deployment_bus import publish_deployment
from handlers.platform.base.settings import settings
from handlers.platform.messaging.consumer import consumer
from handlers.platform.messaging.deliveries import deliver, key_of
from handlers.platform.messaging.events import Event

CONSUMER: Final = "start_deployment"

_FIELDS: Final = ("deploymentId", "approvalId", "environment", "version")


def start(event: Event) -> None:
    """Publish one approved deployment to the pipelines, once."""
    config = settings()
    deployment = {name: event.data[name] for name in _FIELDS}
    deliver(
        event.tenant_id,
        key_of(CONSUMER, event.event_id),
        "pipeline",
        config.required("deployments_bus"),
        lambda _key: publish_deployment(deployment, event.occurred_at, config),
    )


handler = consumer(CONSUMER, start, accepts={"deployment.approved"})
