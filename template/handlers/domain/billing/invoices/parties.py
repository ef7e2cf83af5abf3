"""Whose an invoice is, and who it is for."""

from collections.abc import Mapping
from typing import Any, Final

from handlers.domain.notifications.mail_text import Sender
from handlers.platform.base.errors import NotFound
from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

Parties = Mapping[str, Any]
"""``company``, ``productName``, ``tenantName``, ``tenantEmail`` and ``taxId``."""

_READ: Final = """
    SELECT t.name, t.email, s.tax_id
      FROM tenants AS t LEFT JOIN billing_settings AS s USING (tenant_id)
     WHERE tenant_id = %s
"""


def parties_of(session: Session, tenant_id: TenantId, seller: Sender) -> Parties:
    """Read the parties of an invoice as they are now, ready for JSON.

    Raises:
        NotFound: There is no such tenant.
    """
    tenant = session.one(_READ, [tenant_id])
    if tenant is None:
        raise NotFound.of("tenant")
    return {
        "company": seller.company,
        "productName": seller.product_name,
        "tenantName": tenant["name"],
        "tenantEmail": tenant["email"],
        "taxId": tenant["tax_id"],
    }
