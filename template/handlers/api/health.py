"""Whether the stack can serve: for load balancers, monitors and the curious."""

from typing import Literal

from handlers.api.http.models import Answer
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.platform.base.settings import settings
from handlers.platform.database import migrations
from handlers.platform.database.sessions import tenant_session


class Health(Answer):
    """What runs here; anything but 200 means that the database cannot be reached."""

    status: Literal["ok"]
    product: str
    environment: str
    version: str
    database: Literal["ok"]
    migration_level: int


@route("GET", "/v1/health", permission=None, answer=Health)
def read_health(call: Call) -> Health:
    """Tell whether the stack can serve, and which version of code and database it runs."""
    config = settings()
    with tenant_session(config.operator) as session:
        level = migrations.level(session)
    return Health(
        status="ok",
        product=config.product_name,
        environment=config.environment,
        version=_version(call),
        database="ok",
        migration_level=level,
    )


def _version(call: Call) -> str:
    """Give the function's published version, which Lambda counts up with each deployment."""
    return str(getattr(call.request.lambda_context, "function_version", "$LATEST"))
