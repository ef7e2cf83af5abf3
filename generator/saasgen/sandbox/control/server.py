"""The daemon's control port: how `Sandbox` (and so the command line) talks to it.

JSON in, JSON out, on loopback, and only for who can read the token in `.sandbox/daemon.json`: a web
page in the user's browser can reach loopback ports too.
"""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, TypeAdapter

from saasgen.errors import SaasgenError, UserError
from saasgen.sandbox.web_server import Request, Response

_log = logging.getLogger(__name__)
_json = TypeAdapter(Any)

Operation = Callable[[dict[str, Any]], Any]


class Control:
    """Answers control requests: `POST /<operation>` with the arguments as a JSON object."""

    def __init__(self, token: str, operations: Mapping[str, Operation]) -> None:
        self._token = token
        self._operations = operations

    def __call__(self, request: Request) -> Response:
        """Run one operation."""
        presented = (request.header("Authorization") or "").removeprefix("Bearer ")
        if not secrets.compare_digest(presented.encode(), self._token.encode()):
            return _answer(401, {"error": "wrong or missing token"})
        operation = self._operations.get(request.path.strip("/"))
        if request.method != "POST" or operation is None:
            return _answer(404, {"error": f"no operation {request.path}"})
        try:
            return _answer(200, operation(json.loads(request.body or b"{}")))
        except SaasgenError as error:
            return _answer(400, {"error": str(error), "user_error": isinstance(error, UserError)})
        except Exception as error:
            _log.exception("%s failed", request.path)
            return _answer(500, {"error": f"{type(error).__name__}: {error}"})


def _answer(status: int, body: Any) -> Response:
    if isinstance(body, BaseModel):
        payload = body.model_dump_json().encode()
    else:
        payload = _json.dump_json(body)
    return Response(status, payload, (("Content-Type", "application/json"),))
