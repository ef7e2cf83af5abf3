"""A small stack as its Terraform state tells of it: enough for every part of a sandbox."""

import json
from pathlib import Path
from typing import Any

import boto3
import psycopg

from saasgen.sandbox.control.client import Sandbox
from tests.generator.sandbox.small_functions import ARN, package

CODE = """
    import os, time

    def handler(event, context):
        print("got", event)
        if "Records" in event:
            return None
        return {"pid": os.getpid(), "endpoint": os.environ["AWS_ENDPOINT_URL"], "event": event}
"""
QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"


def resource(kind: str, **values: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": "this", "values": values}


def state(folder: Path, code: str = CODE, **variables: str) -> dict[str, Any]:
    """A small stack: a function with an API, a queue, a schedule and a database.

    Args:
        folder: for the function's code.
        code: of the function.
        variables: its environment.
    """
    integration = {"type": "aws_proxy", "uri": f"arn:x:lambda:path/functions/{ARN}:f/invocations"}
    operation = {"summary": "Say <hello>", "x-amazon-apigateway-integration": integration}
    document = {"openapi": "3.0.1", "paths": {"/v1/hello": {"get": operation}}}
    resources = [
        resource(
            "aws_lambda_function",
            function_name="f",
            arn=f"{ARN}:f",
            handler="app.handler",
            timeout=10,
            memory_size=128,
            version="1",
            environment=[{"variables": variables}],
            filename=str(package(folder, code)),
        ),
        resource("aws_sqs_queue", arn=QUEUE),
        resource(
            "aws_lambda_event_source_mapping",
            uuid="u-1",
            event_source_arn=QUEUE,
            function_arn=f"{ARN}:f",
            batch_size=1,
        ),
        resource(
            "aws_scheduler_schedule",
            name="nightly",
            arn="arn:aws:scheduler:us-east-1:123456789012:schedule/default/nightly",
            schedule_expression="cron(0 3 * * ? *)",
            target=[{"arn": f"{ARN}:f", "input": '{"job": "<aws.scheduler.schedule-arn>"}'}],
        ),
        resource("aws_api_gateway_rest_api", id="api1", name="hello", body=json.dumps(document)),
        resource(
            "aws_rds_cluster",
            endpoint="db.cluster-abc.us-east-1.rds.amazonaws.com",
            database_name="billing",
            master_username="billing_admin",
            master_password="right",
        ),
    ]
    return {"values": {"root_module": {"child_modules": [{"resources": resources}]}}}


def client(sandbox: Sandbox, service: str) -> Any:
    environment = sandbox.environment()
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def connected(sandbox: Sandbox) -> "psycopg.Connection[Any]":
    """Connect as the master user: by the cluster's name, TLS and a password."""
    database = sandbox.status().database
    assert database is not None
    return psycopg.connect(
        host=database.host,
        hostaddr="127.0.0.1",
        port=database.port,
        dbname=database.name,
        user="billing_admin",
        password="right",
        sslmode="verify-full",
        sslrootcert=database.ca_file,
    )
