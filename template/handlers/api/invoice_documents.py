"""Documents of invoices: as a page, or on paper."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from chalice.app import Blueprint

from handlers.api.http.models import Answer, Query
from handlers.api.http.route import Throttle
from handlers.api.http.routing import route
from handlers.api.http.serving import Call
from handlers.domain import invoices
from handlers.domain.invoice_documents import paper, web
from handlers.domain.invoice_documents.content import content_of
from handlers.domain.invoices.parties import parties_of
from handlers.domain.letters import Sender
from handlers.platform import exports
from handlers.platform.ids import InvoiceId
from handlers.platform.settings import settings

_THROTTLE: Final = Throttle(rate=100, burst=200)

DocumentFormat = Literal["html", "pdf"]


class DocumentQuery(Query):
    """How the document is wanted."""

    format: DocumentFormat = "html"


class InvoiceDocument(Answer):
    """Where the document is; whoever has the address can fetch it until it expires."""

    format: DocumentFormat
    url: str
    expires_at: datetime


def invoice_documents() -> Blueprint:
    """Make the blueprint."""
    blueprint = Blueprint(__name__)

    @route(
        blueprint,
        "GET",
        "/v1/invoices/{invoiceId}/document",
        permission="billing:read",
        query=DocumentQuery,
        answer=InvoiceDocument,
        throttle=_THROTTLE,
    )
    def read_invoice_document(
        call: Call, invoice_id: UUID, query: DocumentQuery
    ) -> InvoiceDocument:
        """Get an address of the invoice as HTML or as PDF that works for a quarter of an hour."""
        invoice = invoices.read(call.session, call.tenant_id, InvoiceId(invoice_id))
        parties = invoice.parties or parties_of(call.session, call.tenant_id, Sender.of(settings()))
        content = content_of(invoice, parties)
        if query.format == "pdf":
            media_type, document = "application/pdf", paper.render(content, call.now)
        else:
            media_type, document = "text/html; charset=utf-8", web.render(content).encode()
        name = f"invoices/{invoice_id}.{query.format}"
        link = exports.put(call.tenant_id, name, media_type, document, call.now)
        return InvoiceDocument(format=query.format, url=link.url, expires_at=link.expires_at)

    return blueprint
