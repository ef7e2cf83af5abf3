"""The gateway itself: takes a request through everything API Gateway does with it.

Route, size, throttle, authorizer, validators, integration: in this order, as API Gateway does. The
API answers at the paths of its document (`/v1/...`), and below the stage's name as its invoke URL
would have it (`/dev/v1/...`).
"""

import json
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from saasgen.errors import SaasgenError
from saasgen.sandbox.clock import Clock, system_clock
from saasgen.sandbox.functions.pool import Outcome
from saasgen.sandbox.gateway import proxy
from saasgen.sandbox.gateway.authorizer import CognitoAuthorizer, Pools
from saasgen.sandbox.gateway.context import Context
from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.gateway.responses import mocked, rejected
from saasgen.sandbox.gateway.routes import Match, RouteTable
from saasgen.sandbox.gateway.throttling import Throttles
from saasgen.sandbox.gateway.validation import Validation
from saasgen.sandbox.state.model import Api
from saasgen.sandbox.web_server import Request, Response

_log = logging.getLogger(__name__)
_INTEGRATION_TIMEOUT_MS = 29_000
_THREADS = 64

Invoke = Callable[[str, Any, str], Outcome]


class Gateway:
    """Serves one REST API.

    Args:
        api: the API, from the Terraform state.
        invoke: runs a function, given its ARN, event and trace header.
        pools: the user pools.
        account: the AWS account.
        clock: what time requests arrive at.
    """

    def __init__(
        self, api: Api, invoke: Invoke, pools: Pools, account: str, clock: Clock = system_clock
    ) -> None:
        self.api = api
        self._clock = clock
        self.routes = RouteTable(api.document)
        self._invoke = invoke
        self._account = account
        self._throttles = Throttles(api.throttles)
        self._validation = Validation(api.document)
        self._schemes = api.document.get("components", {}).get("securitySchemes", {})
        self._authorizers = {
            name: CognitoAuthorizer(stated.get("providerARNs", ()), pools)
            for name, scheme in self._schemes.items()
            if (stated := scheme.get("x-amazon-apigateway-authorizer"))
            and stated["type"].lower() == "cognito_user_pools"
        }
        self._threads = ThreadPoolExecutor(_THREADS, "integration")

    def __call__(self, request: Request) -> Response:
        """Answer one request."""
        path, match = self._find(request)
        context = Context(self.api, request, path, self._account, match, arrived=self._clock())
        try:
            return self._serve(context)
        except RejectionError as rejection:
            _log.info("%s %s: %s (request %s)", request.method, path, rejection, context.request_id)
            answer = rejected(context, rejection)
            extra = (("x-amzn-RequestId", context.request_id),)
            return Response(answer.status, answer.body, answer.headers + extra)

    def _find(self, request: Request) -> tuple[str, Match | None]:
        match = self.routes.match(request.method, request.path)
        staged = f"/{self.api.stage}/"
        if match is None and request.path.startswith(staged):
            path = request.path[len(staged) - 1 :]
            return path, self.routes.match(request.method, path)
        return request.path, match

    def _serve(self, context: Context) -> Response:
        match, request = context.match, context.request
        if match is None:
            raise RejectionError("MISSING_AUTHENTICATION_TOKEN", reason="no such route")
        if request.too_large:
            raise RejectionError("REQUEST_TOO_LARGE")
        if not self._throttles.allow(match.route.path, match.route.verb):
            raise RejectionError("THROTTLED")
        if match.route.authorizer is not None:
            context.claims = self._authorize(match, request)
        self._validation.check(match, request)
        integration = match.route.integration
        kind = str(integration.get("type", "")).lower()
        if kind == "mock":
            return mocked(context, integration)
        if kind == "aws_proxy":
            return self._proxy(context, integration)
        raise RejectionError("API_CONFIGURATION_ERROR", reason=f"integration type {kind!r}")

    def _authorize(self, match: Match, request: Request) -> dict[str, Any]:
        name = match.route.authorizer or ""
        authorizer = self._authorizers.get(name)
        if authorizer is None:
            raise RejectionError(
                "API_CONFIGURATION_ERROR", reason=f"authorizer {name} is not Cognito"
            )
        header = self._schemes[name].get("name", "Authorization")
        return authorizer.claims(request.header(header), match.route.scopes)

    def _proxy(self, context: Context, integration: Mapping[str, Any]) -> Response:
        timeout_s = int(integration.get("timeoutInMillis") or _INTEGRATION_TIMEOUT_MS) / 1000
        function_arn = str(integration["uri"]).split("/functions/")[-1].split("/")[0]
        event = proxy.event(context)
        running = self._threads.submit(self._invoke, function_arn, event, context.trace_header)
        try:
            outcome = running.result(timeout_s)
        except FutureTimeoutError as error:
            raise RejectionError("INTEGRATION_TIMEOUT") from error
        except SaasgenError as error:
            raise RejectionError("API_CONFIGURATION_ERROR", reason=str(error)) from error
        if outcome.error is not None:
            raise RejectionError("DEFAULT_5XX", reason=f"the function failed: {outcome.text}")
        return proxy.response(json.loads(outcome.text), context)
