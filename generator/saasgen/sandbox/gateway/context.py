"""What API Gateway knows about a request while it serves it (`$context`)."""

import json
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from saasgen.sandbox.clock import system_clock
from saasgen.sandbox.gateway.rejection import RejectionError
from saasgen.sandbox.gateway.routes import Match
from saasgen.sandbox.state.model import Api
from saasgen.sandbox.web_server import Request

_NAME = r"(context|stageVariables)\.([A-Za-z0-9_.:-]*[A-Za-z0-9_])"
_VARIABLE = re.compile(rf"\${{{_NAME}}}|\${_NAME}")


@dataclass
class Context:
    """One request on its way through the gateway."""

    api: Api
    request: Request
    path: str
    account: str
    match: Match | None = None
    claims: dict[str, Any] | None = None
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    extended_id: str = field(default_factory=lambda: secrets.token_urlsafe(11) + "=")
    arrived: datetime = field(default_factory=system_clock)

    @property
    def trace_header(self) -> str:
        """The caller's trace or a new one; each is sampled unless the caller decided otherwise."""
        given = self.request.header("X-Amzn-Trace-Id") or ""
        if "Root=" not in given:
            root = f"1-{int(self.arrived.timestamp()):08x}-{self.request_id[-12:]:0>24}"
            given = f"Root={root}"
        return given if "Sampled=" in given else f"{given};Sampled=1"

    def render(self, template: str, rejection: RejectionError | None = None) -> str:
        """Fill the variables of a gateway response's template; API Gateway runs no VTL there."""
        variables = self.variables(rejection)

        def value(found: re.Match[str]) -> str:
            group, name = filter(None, found.groups())
            if group == "stageVariables":
                return _escaped(self.api.stage_variables.get(name, ""))
            if name == "error.messageString":
                return json.dumps(variables["error.message"])
            return _escaped(variables.get(name, ""))

        return _VARIABLE.sub(value, template)

    def variables(self, rejection: RejectionError | None = None) -> Mapping[str, str]:
        """The simple `$context` variables by name."""
        route = self.match.route if self.match else None
        return {
            "accountId": self.account,
            "apiId": self.api.api_id,
            "error.message": rejection.message if rejection else "",
            "error.responseType": rejection.kind if rejection else "",
            "error.validationErrorString": rejection.validation_error if rejection else "",
            "extendedRequestId": self.extended_id,
            "httpMethod": self.request.method,
            "identity.sourceIp": self.request.source_ip,
            "identity.userAgent": self.request.header("User-Agent") or "",
            "path": f"/{self.api.stage}{self.path}",
            "protocol": "HTTP/1.1",
            "requestId": self.request_id,
            "requestTime": self.arrived.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(int(self.arrived.timestamp() * 1000)),
            "resourcePath": route.path if route else "",
            "stage": self.api.stage,
            **{f"authorizer.claims.{k}": str(v) for k, v in (self.claims or {}).items()},
        }


def _escaped(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]
