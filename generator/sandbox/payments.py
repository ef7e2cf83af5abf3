"""Payments in the sandbox: a Stripe of its own for the stack that collects by Stripe.

It is started for the first stack that names a secret of Stripe's, which it fills if it is empty: so
functions reach it with a key that holds, and take its webhooks for signed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from generator.sandbox.clock import Clock
from generator.sandbox.state.model import Function

if TYPE_CHECKING:
    from generator.sandbox.stripe.server import StripeServer

_SECRET: Final = "STRIPE_SECRET_ARN"  # noqa: S105 - the name of a variable
_WEBHOOKS: Final = "/v1/webhooks/stripe"


class Payments:
    """The stand-in of Stripe, once it is needed.

    Args:
        api_url: where the stack's API answers.
        aws_endpoint: where its secrets are.
        clock: the sandbox's time, by which invoices are paid there.
    """

    def __init__(self, api_url: str, aws_endpoint: str, clock: Clock) -> None:
        self._api_url = api_url
        self._aws_endpoint = aws_endpoint
        self._clock = clock
        self._server: StripeServer | None = None

    @property
    def endpoint(self) -> str | None:
        """Where the stand-in answers; None while no stack needs it."""
        return self._server.endpoint if self._server else None

    @property
    def pending(self) -> int:
        """Webhooks that are still to be delivered."""
        return self._server.pending if self._server else 0

    def serve(self, functions: Iterable[Function]) -> None:
        """Be there for functions that collect by Stripe."""
        secrets = {function.environment.get(_SECRET) for function in functions} - {None, ""}
        if not secrets:
            return
        server = self._server or self._start()
        held = json.dumps(server.listen(f"{self._api_url}{_WEBHOOKS}"))
        for arn in secrets:
            self._fill(str(arn), held)

    def overrides(self, environment: Mapping[str, str]) -> dict[str, str]:
        """What differs from AWS in the environment of a function."""
        if self._server is None or not environment.get(_SECRET):
            return {}
        return {"STRIPE_API_BASE": self._server.endpoint}

    def stop(self) -> None:
        """End what was started."""
        if self._server is not None:
            self._server.stop()

    def _start(self) -> "StripeServer":
        # the SDK, whose types the stand-in checks against, takes a moment to load
        from generator.sandbox.stripe.server import StripeServer

        self._server = StripeServer(clock=self._clock)
        self._server.start()
        return self._server

    def _fill(self, arn: str, value: str) -> None:
        """Give a secret its value, unless somebody gave it another."""
        import boto3

        region = arn.split(":")[3]
        client: Any = boto3.client(
            "secretsmanager",
            region_name=region,
            endpoint_url=self._aws_endpoint,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - moto takes any
        )
        try:
            client.get_secret_value(SecretId=arn)
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(SecretId=arn, SecretString=value)
