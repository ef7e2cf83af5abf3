"""The API's functions: one Chalice app each, from the blueprints that the function serves."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any, Final

from chalice.app import Blueprint, Chalice

from handlers.api.http import envelope
from handlers.platform.settings import MisconfiguredError, settings

# Which blueprints a function serves. A function imports only its own: the rest would be paid for
# at every cold start.
FUNCTIONS: Final[dict[str, tuple[str, ...]]] = {
    "health": ("health",),
    "tenants": ("tenants",),
    "subscriptions": ("subscriptions", "subscription_tiers"),
    "invoices": ("invoices", "invoice_documents", "tenant_invoices", "billing"),
    "administration": ("invitations", "administrators", "profile", "machine_clients"),
    "audit": ("audit",),
    "notifications": ("notifications",),
    "ingest": ("usage",),
    "metering": ("metering", "pricing"),
    "approvals": ("approvals", "billing_settings"),
    "payments": ("payment_methods",),
    "webhooks": ("webhooks",),
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
    for blueprint in _blueprints(FUNCTIONS[function]):
        app.register_blueprint(blueprint)
    return app


def _blueprints(names: Iterable[str]) -> Iterable[Blueprint]:
    for name in names:
        # Made anew for each app: a Blueprint shared by two apps would hand the request of one to
        # the other.
        make: Callable[[], Blueprint] = getattr(import_module(f"handlers.api.{name}"), name)
        yield make()


def __getattr__(name: str) -> Any:
    """Make ``handler`` when Lambda asks for it: ``API_FUNCTION`` says which function this is.

    Whoever imports this module for ``create_app``, like the API document, needs no environment.
    """
    if name != "handler":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["handler"] = app = create_app(settings().required("api_function"))
    return app
