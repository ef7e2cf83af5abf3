from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from handlers import app
from handlers.api.http.encoding import encode
from handlers.app import FUNCTIONS, create_app
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import MisconfiguredError, settings

from .conftest import claims, to_reply


@pytest.fixture
def fresh_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(app.__dict__, "handler", raising=False)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_api_function_says_which_routes_the_handler_serves(
    monkeypatch: pytest.MonkeyPatch, fresh_handler: None, function: str
) -> None:
    monkeypatch.setenv("API_FUNCTION", function)
    settings.cache_clear()
    assert set(app.handler.routes) == set(create_app(function).routes)
    assert app.handler is app.handler
    monkeypatch.delitem(app.__dict__, "handler")


@pytest.mark.parametrize("function", ["", "tenant", None])
def test_a_function_that_does_not_exist_is_named(
    monkeypatch: pytest.MonkeyPatch, fresh_handler: None, function: str | None
) -> None:
    if function is not None:
        monkeypatch.setenv("API_FUNCTION", function)
    settings.cache_clear()
    with pytest.raises(MisconfiguredError, match="API_FUNCTION"):
        _ = app.handler


def test_two_apps_in_one_process_keep_their_requests_apart(
    tenant: TenantId, make_tenant: Any
) -> None:
    first, second = create_app("tenants"), create_app("tenants")
    other = make_tenant("Hooli")

    def read(tenant_id: TenantId) -> dict[str, Any]:
        return {
            "headers": {},
            "multiValueQueryStringParameters": None,
            "pathParameters": {"tenantId": str(tenant_id)},
            "stageVariables": None,
            "body": None,
            "requestContext": {
                "httpMethod": "GET",
                "resourcePath": "/v1/tenants/{tenantId}",
                "requestId": "r",
                "authorizer": {"claims": claims(tenant_id, "admin")},
            },
        }

    assert to_reply(second(read(other), None)).json["name"] == "Hooli"
    assert to_reply(first(read(tenant), None)).json["name"] == "Initech"
    assert list(first.routes) == list(second.routes)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2))), '"2026-03-01T12:00:00Z"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        (Decimal("0.10"), '"0.10"'),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ("é", '"é"'),
    ],
)
def test_json_is_compact_and_exact(value: object, text: str) -> None:
    assert encode(value) == text


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", datetime(2026, 3, 1)])
def test_what_has_no_form_in_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match=r"no form in JSON|without a zone"):
        encode(value)
