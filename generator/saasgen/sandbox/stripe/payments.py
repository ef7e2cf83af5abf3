"""Payments in the sandbox: a Stripe of its own for the stack that collects by Stripe.

It is started for the first stack that names a secret of Stripe's, which it fills if it is empty: so
functions reach it with a key that holds, and take its webhooks for signed.
"""

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from saasgen.sandbox.clock import Clock
from saasgen.sandbox.gate import Gate
from saasgen.sandbox.state.model import Function

if TYPE_CHECKING:
    from saasgen.sandbox.backlog import Backlog
    from saasgen.sandbox.stripe.server import StripeServer
    from saasgen.sandbox.stripe.webhooks import Due

_SECRET: Final = "STRIPE_SECRET_ARN"  # noqa: S105 - the name of a variable
_WEBHOOKS: Final = "/v1/webhooks/stripe"


class Payments:
    """The stand-in of Stripe, once it is needed.

    Args:
        api_url: where the stack's API answers.
        aws_endpoint: where its secrets are.
        clock: the sandbox's time, by which invoices are paid there.
        gate: what requests to the stand-in pass.
    """

    def __init__(
        self, api_url: str, aws_endpoint: str, clock: Clock, gate: Gate | None = None
    ) -> None:
        self._gate = gate
        self._api_url = api_url
        self._aws_endpoint = aws_endpoint
        self._clock = clock
        self._server: StripeServer | None = None

    @property
    def endpoint(self) -> str | None:
        """Where the stand-in answers; None while no stack needs it."""
        return self._server.endpoint if self._server else None

    @property
    def deliveries(self) -> "Backlog[Due] | None":
        """The webhooks that are still to be delivered; None while no stack needs the stand-in."""
        return self._server.deliveries if self._server else None

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

    def dump(self) -> dict[str, Any] | None:
        """The stand-in's state, while nothing happens there; None if there is no stand-in."""
        return {"api_url": self._api_url, **self._server.dump()} if self._server else None

    def restore(self, kept: dict[str, Any] | None) -> None:
        """Go on from the state of another sandbox; its webhooks come to this one."""
        if kept is not None:
            self._start(kept)

    def stop(self) -> None:
        """End what was started."""
        if self._server is not None:
            self._server.stop()

    def _start(self, kept: dict[str, Any] | None = None) -> "StripeServer":
        # the SDK, whose types the stand-in checks against, takes a moment to load
        from saasgen.sandbox.stripe.server import StripeServer

        self._server = StripeServer(clock=self._clock, gate=self._gate)
        if kept is not None:
            self._server.restore(kept, (kept["api_url"], self._api_url))
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
