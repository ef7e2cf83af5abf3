"""Usage of a tenant, reported by nobody in particular."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from saasgen.testing import Database

from handlers.domain.base.origin import Origin
from handlers.domain.metering import ingest, partitions
from handlers.domain.metering.usage_event import UsageEvent, UsageEventOutcome
from handlers.domain.metering.writing import UsagePricing
from handlers.domain.model_registry.models import Description, save_model
from handlers.domain.model_registry.prices import NewPrice, add_price
from handlers.domain.terms import billing_lock
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.database import sessions

ORIGIN = Origin("user:ada", UUID(int=0xC0FFEE))
ROLLUPS = """
    SELECT billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated,
           request_count, input_tokens, output_tokens, cached_count, phi_count, latency_ms_total,
           provider_cost
      FROM usage_rollups
     WHERE request_count <> 0 OR provider_cost <> 0
     ORDER BY billed_on, day, model_id, provider_id, user_id, request_type, currency, estimated
"""


def usage(request_id: str = "request-1", **fields: Any) -> UsageEvent:
    values: dict[str, Any] = {
        "request_id": request_id,
        "provider_id": "example-ai",
        "model_id": "example-large",
        "request_type": "chat",
        "input_tokens": 1000,
        "output_tokens": 500,
        "latency_ms": 40,
        **fields,
    }
    return UsageEvent.model_validate(values, by_name=True)


Record = Callable[..., list[UsageEventOutcome]]


@pytest.fixture
def record(database: Database, clock: Any) -> Record:
    """Record usage now, in a transaction of its own."""
    with sessions.service_session() as session:
        partitions.make(session, clock())

    def record(tenant: TenantId, *events: UsageEvent) -> list[UsageEventOutcome]:
        with sessions.tenant_session(tenant) as session:
            pricing = UsagePricing.of(settings())
            return ingest.record(session, clock(), tenant, events, pricing, "user-1")

    return record


@pytest.fixture
def price(database: Database, clock: Any, operator: TenantId) -> Callable[..., None]:
    """Price a model, as the operator."""

    def price(
        input_price: str,
        output_price: str = "0",
        *,
        model_id: str = "example-large",
        currency: str = "USD",
        valid_from: datetime | None = None,
    ) -> None:
        with sessions.tenant_session(operator) as session:
            model = Description(model_id, "example-ai", model_id)
            save_model(session, clock(), operator, model, ORIGIN)
            amounts = Decimal(input_price), Decimal(output_price)
            new = NewPrice(model_id, currency, *amounts, valid_from)
            add_price(session, clock(), operator, new, ORIGIN)

    return price


def rollups(tenant: TenantId) -> list[dict[str, Any]]:
    with sessions.tenant_session(tenant) as session:
        return session.all(ROLLUPS)


def close(tenant: TenantId, until: datetime) -> None:
    with sessions.tenant_session(tenant) as session:
        billing_lock.lock_exclusive(session, tenant)
        billing_lock.close(session, tenant, until.date())


def statuses(outcomes: Sequence[UsageEventOutcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]
