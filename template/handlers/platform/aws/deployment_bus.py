"""The bus on which pipelines outside hear what was approved: Amazon EventBridge."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Final

from handlers.platform.base.settings import Settings
from handlers.platform.messaging.deliveries import NotSentError

# What the rule of terraform/modules/deployments matches.
_SOURCE: Final = "approvals"
_DETAIL_TYPE: Final = "Deployment Approved"


def publish_deployment(
    deployment: Mapping[str, Any], approved_at: datetime, settings: Settings
) -> str:
    """Publish a deployment to the pipelines, and return EventBridge's id of the event.

    Raises:
        NotSentError: EventBridge was not reached or refused: nothing was published.
    """
    from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

    entry = {
        "EventBusName": settings.required("deployments_bus"),
        "Source": _SOURCE,
        "DetailType": _DETAIL_TYPE,
        "Time": approved_at,
        "Detail": json.dumps({**deployment, "stack": settings.stack_name}),
    }
    try:
        answer = _client().put_events(Entries=[entry])
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) >= 500:
            raise
        raise NotSentError(str(error)) from error
    except (ConnectTimeoutError, EndpointConnectionError) as error:
        raise NotSentError(str(error)) from error
    (taken,) = answer["Entries"]
    if "EventId" not in taken:
        raise NotSentError(f"{taken.get('ErrorCode')}: {taken.get('ErrorMessage')}")
    return str(taken["EventId"])


@cache
def _client() -> Any:
    import boto3
    from botocore.config import Config

    # one attempt: a retry inside the client, after an answer was lost, could publish it twice
    patience = Config(connect_timeout=2, read_timeout=8, retries={"total_max_attempts": 1})
    return boto3.client("events", config=patience)
