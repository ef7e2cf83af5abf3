"""The document of a stored invoice, made whenever it is asked for."""

from datetime import datetime
from typing import Literal, NamedTuple

from handlers.domain.billing import invoices
from handlers.domain.billing.documents import html_page, pdf
from handlers.domain.billing.documents.content import content_of
from handlers.domain.billing.invoices.parties import parties_of
from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.ids import InvoiceId, TenantId
from handlers.platform.database.sessions import Session

DocumentFormat = Literal["html", "pdf"]


class Document(NamedTuple):
    """A document ready to be shown, stored or sent."""

    title: str
    media_type: str
    body: bytes


def render(
    session: Session,
    now: datetime,
    tenant_id: TenantId,
    invoice_id: InvoiceId,
    seller: Sender,
    wanted: DocumentFormat,
) -> Document:
    """Make the document of an invoice as it is now.

    Args:
        session: In the tenant's context, or of the service.
        now: The present moment.
        tenant_id: Whose invoice.
        invoice_id: Which one.
        seller: In whose name a draft would be issued; an issued invoice says it itself.
        wanted: As what.

    Raises:
        NotFound: The tenant has no such invoice.
    """
    invoice = invoices.read(session, tenant_id, invoice_id)
    parties = invoice.parties or parties_of(session, tenant_id, seller)
    content = content_of(invoice, parties)
    if wanted == "pdf":
        return Document(content.title, "application/pdf", pdf.render(content, now))
    return Document(content.title, "text/html; charset=utf-8", html_page.render(content).encode())
