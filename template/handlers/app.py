"""The API's functions: one Chalice app each, with the routes that the function serves."""

from importlib import import_module
from typing import Any, Final

from chalice.app import Chalice

from handlers.api.http import envelope
from handlers.api.http.routing import bind
from handlers.platform.base.settings import MisconfiguredError, settings

_API: Final = "handlers.api"

# Which modules of `handlers.api` a function serves. A function imports only its own: the rest would
# be paid for at every cold start.
FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "health": ("health",),
    "tenants": ("tenants",),
    "subscriptions": ("subscriptions.subscriptions", "subscriptions.tiers"),
    "invoices": (
        "billing.invoices",
        "billing.invoice_documents",
        "billing.tenant_invoices",
        "billing.periods",
    ),
    "administration": (
        "access.invitations",
        "access.administrators",
        "access.profile",
        "access.machine_clients",
    ),
    "audit": ("audit",),
    "notifications": ("notifications",),
    "ingest": ("metering.ingest",),
    "metering": ("metering.usage", "model_registry"),
    "approvals": ("approvals", "terms"),
    "payments": ("payments.payment_methods",),
    "webhooks": ("payments.webhooks",),
}


def create_app(function: str) -> Chalice:
    """Make the app of an API function.

    Args:
        function: a key of ``FUNCTIONS``.

    Raises:
        MisconfiguredError: There is no such function.
    """
    if function not in FUNCTIONS:
        raise MisconfiguredError(
            f"API_FUNCTION is {function!r}; it must be one of {', '.join(FUNCTIONS)}"
        )
    # configure_logs=False: our logger writes JSON. env={}: Chalice would write to the environment.
    app = Chalice(f"{__package__}.{function}", configure_logs=False, env={})
    envelope.install(app)
    for name in FUNCTIONS[function]:
        bind(app, import_module(f"{_API}.{name}").__name__)
    return app


def __getattr__(name: str) -> Any:
    """Make ``handler`` when Lambda asks for it: ``API_FUNCTION`` says which function this is.

    Whoever imports this module for ``create_app``, like the API document, needs no environment.
    """
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["handler"] = app = create_app(settings().required("api_function"))
    return app
