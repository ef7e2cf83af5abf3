"""The token of an invitation: it stands in the mail alone, and we keep its hash."""

import hashlib
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from handlers.platform.base.ids import TenantId
from handlers.platform.database.sessions import Session

_TOKEN_BYTES: Final = 48
_ISSUE: Final = """
    UPDATE invitations SET token_hash = %(token_hash)s, updated_at = %(now)s
     WHERE tenant_id = %(tenant)s AND invitation_id = %(id)s AND times_sent = %(times_sent)s
       AND status = 'pending' AND expires_at > %(now)s
"""


def hash_token(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(
    session: Session, now: datetime, tenant_id: TenantId, invitation_id: UUID, times_sent: int
) -> str | None:
    """Make the token for a mail that is about to be sent.

    Args:
        session: In the tenant's context.
        now: The present moment.
        tenant_id: Whose invitation it is.
        invitation_id: Which one.
        times_sent: Which of its mails; an older one than the last must not be sent any more.

    Returns:
        The token, which is kept nowhere; None where there is nothing to send any more.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    values = {
        "tenant": tenant_id,
        "id": invitation_id,
        "times_sent": times_sent,
        "token_hash": hash_token(token),
        "now": now,
    }
    return token if session.execute(_ISSUE, values) == 1 else None
