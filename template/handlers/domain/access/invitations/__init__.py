"""Invitations: how somebody becomes an administrator of a tenant.

    pending ──accept──▶ accepted
       │  ├──revoke───▶ revoked      resend: a new token and a new end, also of an expired one
       │  └──its time─▶ expired

The token stands in the mail alone. It is made when the mail is written (`tokens`), its hash is
what we keep, and a later mail's token takes the place of an earlier one's.

Whoever accepts is made a user in Cognito first, which no transaction can undo. A lease keeps a
second accept out meanwhile, so that two people with one link cannot overwrite each other's
password; after a crash the lease runs out and the same accept may come again
(`acceptance`).
"""

from handlers.domain.access.invitations.invitation import (
    LIFE,
    Invitation,
    InvitationStatus,
    Inviter,
    NewInvitation,
)
from handlers.domain.access.invitations.inviting import create, resend, revoke
from handlers.domain.access.invitations.reading import find_all, read
from handlers.domain.access.invitations.tokens import hash_token, issue_token

__all__ = [
    "LIFE",
    "Invitation",
    "InvitationStatus",
    "Inviter",
    "NewInvitation",
    "create",
    "find_all",
    "hash_token",
    "issue_token",
    "read",
    "resend",
    "revoke",
]
