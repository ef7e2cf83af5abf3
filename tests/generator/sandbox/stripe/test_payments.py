"""The sandbox has a Stripe for the stack that collects by Stripe, and for no other."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from stripe import StripeClient

from saasgen.sandbox.aws.server import AwsServer
from saasgen.sandbox.clock import MovableClock
from saasgen.sandbox.state.model import Function
from saasgen.sandbox.stripe.account import API_KEY
from saasgen.sandbox.stripe.payments import Payments


def function(**environment: str) -> Function:
    return Function(
        name="f",
        arn="arn:aws:lambda:us-east-1:123456789012:function:f",
        handler="app.handler",
        timeout_s=10,
        memory_mb=128,
        version="1",
        environment=environment,
        code=Path("f.zip"),
        layers=(),
        reserved_concurrency=None,
        log_group="/f",
        json_logs=False,
    )


@pytest.fixture
def vault(aws_server: AwsServer) -> Any:
    return boto3.client(
        "secretsmanager",
        region_name="us-east-1",
        endpoint_url=aws_server.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def payments(aws_server: AwsServer, clock: MovableClock) -> Iterator[Payments]:
    made = Payments("http://127.0.0.1:9", aws_server.endpoint, clock)
    yield made
    made.stop()


def test_a_stack_without_payments_starts_nothing(payments: Payments) -> None:
    payments.serve([function(), function(STRIPE_SECRET_ARN="")])
    assert payments.endpoint is None
    assert payments.overrides({"STRIPE_SECRET_ARN": "arn"}) == {}
    assert payments.deliveries is None


def test_an_empty_secret_is_filled_with_what_holds(payments: Payments, vault: Any) -> None:
    arn = vault.create_secret(Name="sandbox-payments-empty")["ARN"]
    for _ in range(2):
        payments.serve([function(STRIPE_SECRET_ARN=arn), function()])
    held = json.loads(vault.get_secret_value(SecretId=arn)["SecretString"])
    base = payments.overrides({"STRIPE_SECRET_ARN": arn})["STRIPE_API_BASE"]
    stripe = StripeClient(held["apiKey"], base_addresses={"api": base})
    (endpoint,) = stripe.v1.webhook_endpoints.list().data
    assert endpoint.url == "http://127.0.0.1:9/v1/webhooks/stripe"
    assert len(held["webhookSecrets"]) == 1
    assert payments.overrides({}) == {}


def test_what_happens_there_happens_at_the_sandboxs_time(
    payments: Payments, vault: Any, clock: MovableClock
) -> None:
    arn = vault.create_secret(Name="sandbox-payments-later")["ARN"]
    payments.serve([function(STRIPE_SECRET_ARN=arn)])
    base = payments.overrides({"STRIPE_SECRET_ARN": arn})["STRIPE_API_BASE"]
    clock.move(clock() + timedelta(days=40))
    stripe = StripeClient(API_KEY, base_addresses={"api": base})
    made = stripe.v1.customers.create({"name": "Initech"})
    assert abs(made.created - clock().timestamp()) < 60


def test_a_secret_of_the_users_own_is_left_alone(payments: Payments, vault: Any) -> None:
    arn = vault.create_secret(Name="sandbox-payments-own", SecretString="mine")["ARN"]
    payments.serve([function(STRIPE_SECRET_ARN=arn)])
    assert vault.get_secret_value(SecretId=arn)["SecretString"] == "mine"
