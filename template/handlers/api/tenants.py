"""Tenants: the operator takes them in, suspends and lists them; each reads and changes its own."""

from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StrictBool, StrictInt

from handlers.api.http.cursors import from_cursor, to_cursor
from handlers.api.http.models import Answer, Body, Email, Name, Omittable, PageQuery
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.catalog.permissions import allows
from handlers.catalog.plan_features import FEATURE_NAMES
from handlers.catalog.tier import SubscriptionTierId
from handlers.domain import tenants as domain
from handlers.domain.tenants import NewTenant, TenantStatus
from handlers.platform.base.errors import Conflict, FieldError, Forbidden
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings

_THROTTLE: Final = Throttle(rate=10, burst=20)


def _known_feature(name: str) -> str:
    if name not in FEATURE_NAMES:
        raise ValueError(f"is no feature; there are {', '.join(sorted(FEATURE_NAMES))}")
    return name


FeatureName = Annotated[str, AfterValidator(_known_feature)]
FeatureValue = StrictBool | Annotated[StrictInt, Field(ge=0, le=2**53 - 1)] | Name


class TenantSettings(Body):
    """What was agreed with one tenant, on top of or instead of its plan."""

    plan_tier: Omittable[SubscriptionTierId] = Field(
        default=None, description="The plan while there is no subscription."
    )
    feature_overrides: Omittable[dict[FeatureName, FeatureValue]] = Field(
        default=None, description="Features by name that differ from the plan's."
    )


class CreateTenant(Body):
    """A new customer organisation."""

    name: Name
    email: Email
    settings: Omittable[TenantSettings] = None


class ChangeTenant(Body):
    """What changes; everything else stays."""

    name: Omittable[Name] = None
    email: Omittable[Email] = None
    settings: Omittable[TenantSettings] = Field(
        default=None, description="Replaces the settings; for the operator only."
    )


class TenantQuery(PageQuery):
    """Which tenants to list."""

    status: TenantStatus | None = None


class Tenant(Answer):
    """A customer organisation."""

    tenant_id: UUID
    name: str
    email: str
    status: TenantStatus
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, tenant: domain.Tenant) -> Self:
        """Show a tenant."""
        return cls.model_validate(tenant)


class TenantList(Answer):
    """A page of tenants, the newest first."""

    items: list[Tenant]
    next_cursor: str | None = None


@route(
    "POST",
    "/v1/tenants",
    permission="tenants:create",
    body=CreateTenant,
    answer=Tenant,
    status=201,
    location="/v1/tenants/{tenantId}",
    throttle=_THROTTLE,
)
def create_tenant(call: Call, body: CreateTenant) -> Tenant:
    """Take in a new tenant; a dedicated stack has its one tenant already."""
    _require_pooled()
    new = NewTenant(name=body.name, email=body.email, settings=_settings(body.settings))
    return Tenant.of(domain.create(call.session, call.now, new, call.origin))


@route(
    "GET",
    "/v1/tenants",
    permission="tenants:list",
    query=TenantQuery,
    answer=TenantList,
    throttle=_THROTTLE,
)
def list_tenants(call: Call, query: TenantQuery) -> TenantList:
    """List all tenants, the newest first."""
    page = domain.find_all(
        call.session,
        limit=query.limit,
        after=from_cursor(query.cursor, UUID),
        status=query.status,
    )
    return TenantList(
        items=[Tenant.of(tenant) for tenant in page.items],
        next_cursor=to_cursor(page.next_key),
    )


@route(
    "POST",
    "/v1/tenants/{tenantId}/suspend",
    permission="tenants:suspend",
    answer=Tenant,
    throttle=_THROTTLE,
)
def suspend_tenant(call: Call, tenant_id: UUID) -> Tenant:
    """Stop a tenant from changing anything."""
    if tenant_id == call.tenant_id:
        raise Forbidden("The operator's own tenant cannot be suspended: nobody could undo it.")
    suspended = domain.suspend(call.session, call.now, TenantId(tenant_id), call.origin)
    return Tenant.of(suspended)


@route(
    "POST",
    "/v1/tenants/{tenantId}/reactivate",
    permission="tenants:suspend",
    answer=Tenant,
    throttle=_THROTTLE,
)
def reactivate_tenant(call: Call, tenant_id: UUID) -> Tenant:
    """Let a suspended tenant work again."""
    active = domain.reactivate(call.session, call.now, TenantId(tenant_id), call.origin)
    return Tenant.of(active)


def _require_pooled() -> None:
    name = settings().dedicated_tenant_name
    if name is not None:
        raise Conflict(f"This stack is dedicated to {name}; stamp another for another tenant.")


@route(
    "GET",
    "/v1/tenants/{tenantId}",
    permission="tenants:read",
    operator_permission="tenants:list",
    answer=Tenant,
    throttle=_THROTTLE,
)
def read_tenant(call: Call, tenant_id: UUID) -> Tenant:
    """Read a tenant."""
    return Tenant.of(domain.read(call.session, TenantId(tenant_id)))


@route(
    "PATCH",
    "/v1/tenants/{tenantId}",
    permission="tenants:write",
    operator_permission="tenants:administer",
    body=ChangeTenant,
    answer=Tenant,
    throttle=_THROTTLE,
)
def update_tenant(call: Call, tenant_id: UUID, body: ChangeTenant) -> Tenant:
    """Change a tenant's name, e-mail or settings."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"settings"})
    if body.settings is not None:
        _require_operator(call)
        changes["settings"] = _settings(body.settings)
    changed = domain.update(call.session, call.now, TenantId(tenant_id), changes, call.origin)
    return Tenant.of(changed)


def _require_operator(call: Call) -> None:
    """Keep a customer from giving itself features it does not pay for."""
    if not (call.identity.is_operator and allows(call.identity.roles, "tenants:administer")):
        raise Forbidden(
            "Only the operator changes the settings of a tenant.",
            [FieldError("/settings", "is for the operator only")],
        )


def _settings(given: TenantSettings | None) -> dict[str, Any]:
    if given is None:
        return {}
    return given.model_dump(mode="json", by_alias=True, exclude_unset=True)
