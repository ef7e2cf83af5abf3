"""Calling a function of the stack, on AWS or in its sandbox."""

import json
from typing import Any

from saasgen.errors import OutsideFailure
from saasgen.terraform.workspace import Workspace


def invoke(work: Workspace, function: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Invoke a function of the stack and wait for its answer.

    Raises:
        OutsideFailure: the function failed; its own words.
    """
    import boto3
    from botocore.config import Config

    environment = work.target.environment
    client = boto3.client(
        "lambda",
        region_name=work.stack.region,
        endpoint_url=environment.get("AWS_ENDPOINT_URL"),
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID"),
        aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        # A migration may take the 15 minutes Lambda gives; a second attempt must not overtake it.
        config=Config(read_timeout=920, retries={"max_attempts": 0}),
    )
    answered = client.invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    answer: dict[str, Any] = json.loads(answered["Payload"].read())
    if answered.get("FunctionError"):
        raise OutsideFailure(f"{function} failed: {answer.get('errorMessage', answer)}")
    return answer
