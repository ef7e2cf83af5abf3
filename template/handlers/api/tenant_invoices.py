"""Invoices of a tenant that is named: how the operator finds those that it acts on."""

from typing import Final
from uuid import UUID

from chalice.app import Blueprint

from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.api.invoices import Invoice, InvoiceList, InvoiceQuery, list_of, read_of
from handlers.domain import tenants
from handlers.platform.ids import TenantId

_THROTTLE: Final = Throttle(rate=100, burst=200)


def tenant_invoices() -> Blueprint:
    """Make the blueprint."""
    blueprint = Blueprint(__name__)

    @route(
        blueprint,
        "GET",
        "/v1/tenants/{tenantId}/invoices",
        permission="billing:read",
        operator_permission="tenants:list",
        query=InvoiceQuery,
        answer=InvoiceList,
        throttle=_THROTTLE,
    )
    def list_tenant_invoices(call: Call, tenant_id: UUID, query: InvoiceQuery) -> InvoiceList:
        """List a tenant's invoices, the latest first."""
        found = tenants.read(call.session, TenantId(tenant_id))
        return list_of(call, found.tenant_id, query)

    @route(
        blueprint,
        "GET",
        "/v1/tenants/{tenantId}/invoices/{invoiceId}",
        permission="billing:read",
        operator_permission="tenants:list",
        answer=Invoice,
        throttle=_THROTTLE,
    )
    def read_tenant_invoice(call: Call, tenant_id: UUID, invoice_id: UUID) -> Invoice:
        """Read an invoice of a tenant with its lines."""
        return read_of(call, TenantId(tenant_id), invoice_id)

    return blueprint
