"""Invoices of a tenant that is named: how the operator finds, shows and makes its customers'."""

from typing import Final
from uuid import UUID

from handlers.api.billing.invoice_documents import DocumentQuery, InvoiceDocument, document_of
from handlers.api.billing.invoices import Invoice, InvoiceList, InvoiceQuery, list_of, read_of
from handlers.api.billing.periods import GeneratedInvoices, GenerateInvoices, generate_in
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import tenants
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import tenant_session

_THROTTLE: Final = Throttle(rate=100, burst=200)


@route(
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
    tenant = tenants.read(call.session, TenantId(tenant_id))
    return list_of(call, tenant.tenant_id, query)


@route(
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


@route(
    "GET",
    "/v1/tenants/{tenantId}/invoices/{invoiceId}/document",
    permission="billing:read",
    operator_permission="tenants:list",
    query=DocumentQuery,
    answer=InvoiceDocument,
    throttle=_THROTTLE,
)
def read_tenant_invoice_document(
    call: Call, tenant_id: UUID, invoice_id: UUID, query: DocumentQuery
) -> InvoiceDocument:
    """Get an address of a tenant's invoice as HTML or as PDF that works for a quarter hour."""
    return document_of(call, TenantId(tenant_id), invoice_id, query)


@route(
    "POST",
    "/v1/tenants/{tenantId}/billing/generate",
    permission="tenants:bill",
    body=GenerateInvoices,
    answer=GeneratedInvoices,
    throttle=_THROTTLE,
)
def generate_tenant_invoices(
    call: Call, tenant_id: UUID, body: GenerateInvoices
) -> GeneratedInvoices:
    """Bill a tenant's period that has ended, once; or show what that would come to."""
    tenant = tenants.read(call.session, TenantId(tenant_id))
    # the service sees no usage and writes no invoices: the operator bills as the run does
    with tenant_session(tenant.tenant_id) as session:
        return generate_in(session, call, tenant.tenant_id, body)
