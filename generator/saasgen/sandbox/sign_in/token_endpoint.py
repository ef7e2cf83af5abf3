"""The token endpoint of the user pool's domain, for machines: OAuth's client credentials.

Source: RFC 6749, 2.3.1 (how a client authenticates), 4.4 (the grant) and 5 (answers).
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote_plus

from moto.core.exceptions import JsonRESTError

from saasgen.sandbox.aws.machine_tokens import issue
from saasgen.sandbox.web_server import Request, Response

PATH = "/oauth2/token"
_GRANT = "client_credentials"
_HEADERS = (
    ("Content-Type", "application/json;charset=UTF-8"),
    ("Cache-Control", "no-store"),
    ("Pragma", "no-cache"),
)


class Credentials(NamedTuple):
    """What a client says it is, and proves it by."""

    client_id: str
    secret: str


class RefusalError(Exception):
    """A request that gets no token.

    Args:
        code: the error's name in RFC 6749, 5.2.
        description: for the person who reads it.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


def answer(request: Request, pool: Any) -> Response:
    """Answer a request for a token.

    Args:
        request: as it came.
        pool: moto's user pool.
    """
    try:
        return _respond(200, _granted(request, pool))
    except RefusalError as refusal:
        body = {"error": refusal.code, "error_description": str(refusal)}
        if refusal.code == "invalid_client":
            return _respond(401, body, ("WWW-Authenticate", 'Basic realm="token"'))
        return _respond(400, body)


def _granted(request: Request, pool: Any) -> dict[str, Any]:
    form = _form(request)
    grant = form.get("grant_type")
    if grant is None:
        raise RefusalError("invalid_request", "grant_type is missing")
    client = _authenticated(_credentials(request, form), pool)
    if grant != _GRANT:
        raise RefusalError("unsupported_grant_type", f"the sandbox grants {_GRANT} only")
    scopes = _scopes(client, form.get("scope", ""))
    try:
        token, valid_s = issue(pool, client, scopes)
    except JsonRESTError as error:
        raise RefusalError("invalid_request", str(error.message)) from error
    return {"access_token": token, "expires_in": valid_s, "token_type": "Bearer"}


def _form(request: Request) -> Mapping[str, str]:
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if request.method != "POST" or media_type != "application/x-www-form-urlencoded":
        raise RefusalError("invalid_request", "POST a form (application/x-www-form-urlencoded)")
    try:
        pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError as error:
        raise RefusalError("invalid_request", "the form is not UTF-8") from error
    form = dict(pairs)
    if len(form) < len(pairs):
        raise RefusalError("invalid_request", "a parameter is given twice")
    return {name: value for name, value in form.items() if value}  # empty is absent: RFC 6749, 3.2


def _credentials(request: Request, form: Mapping[str, str]) -> Credentials:
    header = request.header("Authorization")
    if header is None:
        return Credentials(form.get("client_id", ""), form.get("client_secret", ""))
    if "client_secret" in form:
        raise RefusalError("invalid_request", "credentials belong in the header or in the form")
    scheme, _, encoded = header.partition(" ")
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise RefusalError("invalid_client", "the credentials cannot be read") from error
    client_id, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise RefusalError("invalid_client", "the credentials cannot be read")
    found = Credentials(unquote_plus(client_id), unquote_plus(secret))
    if form.get("client_id", found.client_id) != found.client_id:
        raise RefusalError("invalid_request", "header and form name different clients")
    return found


def _authenticated(given: Credentials, pool: Any) -> Any:
    client = pool.clients.get(given.client_id)
    known = client is not None and client.generate_secret
    if not known or not secrets.compare_digest(client.secret.encode(), given.secret.encode()):
        raise RefusalError("invalid_client", "no such client, or a wrong secret")
    if _GRANT not in (client.extended_config.get("AllowedOAuthFlows") or ()):
        raise RefusalError("unauthorized_client", f"the client may not use {_GRANT}")
    return client


def _scopes(client: Any, asked: str) -> list[str]:
    """What is granted: what was asked for, everything the client may have if nothing was."""
    allowed = list(client.extended_config.get("AllowedOAuthScopes") or ())
    wanted = asked.split() or allowed
    beyond = [scope for scope in wanted if scope not in allowed]
    if beyond:
        raise RefusalError("invalid_scope", f"not for this client: {' '.join(beyond)}")
    return wanted


def _respond(status: int, body: Mapping[str, Any], *headers: tuple[str, str]) -> Response:
    return Response(status, json.dumps(body).encode(), _HEADERS + headers)
