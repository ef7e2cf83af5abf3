"""Documents of invoices: as HTML, or as PDF."""

from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.api.http.models import Answer, Query
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain.billing.documents.document import DocumentFormat, render
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.aws import exports
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.base.settings import settings

_THROTTLE: Final = Throttle(rate=100, burst=200)


class DocumentQuery(Query):
    """How the document is wanted."""

    format: DocumentFormat = "html"


class InvoiceDocument(Answer):
    """Where the document is; whoever has the address can fetch it until it expires."""

    format: DocumentFormat
    url: str
    expires_at: datetime


@route(
    "GET",
    "/v1/invoices/{invoiceId}/document",
    permission="billing:read",
    query=DocumentQuery,
    answer=InvoiceDocument,
    throttle=_THROTTLE,
)
def read_invoice_document(call: Call, invoice_id: UUID, query: DocumentQuery) -> InvoiceDocument:
    """Get an address of the invoice as HTML or as PDF that works for a quarter of an hour."""
    return document_of(call, call.tenant_id, invoice_id, query)


def document_of(
    call: Call, tenant_id: TenantId, invoice_id: UUID, query: DocumentQuery
) -> InvoiceDocument:
    """Write the document of a tenant's invoice, and say where it is."""
    sender = Sender.of(settings())
    document = render(
        call.session, call.now, tenant_id, InvoiceId(invoice_id), sender, query.format
    )
    name = f"invoices/{invoice_id}.{query.format}"
    link = exports.put(tenant_id, name, document.media_type, document.body, call.now)
    return InvoiceDocument(format=query.format, url=link.url, expires_at=link.expires_at)
