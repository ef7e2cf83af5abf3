"""Lambda: provisioned concurrency, which moto lacks.

The provider puts a configuration for an alias and polls until its status is READY; a function
without one must answer 404 ProvisionedConcurrencyConfigNotFoundException.
"""

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda import urls
from moto.awslambda.responses import LambdaResponse

from saasgen.sandbox.aws.patching import action

_PATH = (
    r"{0}/(?P<api_version>[^/]+)/functions/(?P<function_name>[\w_:%-]+)"
    r"/provisioned-concurrency/?$"
)


def apply() -> None:
    """Add the three actions."""
    urls.url_paths[_PATH] = LambdaResponse.dispatch

    @action(LambdaResponse)
    def put_provisioned_concurrency_config(self: Any) -> Any:
        wanted = json.loads(self.body)["ProvisionedConcurrentExecutions"]
        _configurations(self)[_key(self)] = wanted
        return 202, {"status": 202}, json.dumps(_ready(wanted))

    @action(LambdaResponse)
    def get_provisioned_concurrency_config(self: Any) -> Any:
        wanted = _configurations(self).get(_key(self))
        if wanted is not None:
            return 200, {}, json.dumps(_ready(wanted))
        code = "ProvisionedConcurrencyConfigNotFoundException"
        message = "No Provisioned Concurrency Config found for this function"
        return 404, {"status": 404, "x-amzn-errortype": code}, json.dumps({"Message": message})

    @action(LambdaResponse)
    def delete_provisioned_concurrency_config(self: Any) -> Any:
        _configurations(self).pop(_key(self), None)
        return 204, {"status": 204}, ""


def _configurations(response: Any) -> dict[tuple[str, str | None], int]:
    kept: dict[tuple[str, str | None], int] = response.backend.__dict__.setdefault(
        "provisioned_concurrency", {}
    )
    return kept


def _key(response: Any) -> tuple[str, str | None]:
    name = unquote(response.path.split("/functions/")[1].split("/")[0])
    return name.split(":")[-1], response.querystring.get("Qualifier", [None])[0]


def _ready(count: int) -> dict[str, Any]:
    return {
        "RequestedProvisionedConcurrentExecutions": count,
        "AvailableProvisionedConcurrentExecutions": count,
        "AllocatedProvisionedConcurrentExecutions": count,
        "Status": "READY",
        "LastModified": "2024-01-01T00:00:00+0000",
    }
