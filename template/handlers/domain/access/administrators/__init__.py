"""Administrators: the people who run a tenant, each with one role.

The row decides what somebody may do. Cognito follows it by the events
(`consumers.sync_identities`), and a token that was signed before a change can never grant more
than the row.
"""

from handlers.domain.access.administrators.administrator import (
    Administrator,
    AdministratorStatus,
    Changes,
    NewAdministrator,
)
from handlers.domain.access.administrators.changing import (
    create,
    delete,
    link,
    lock,
    require_reach,
    update,
)
from handlers.domain.access.administrators.reading import (
    find_active,
    find_all,
    names_of,
    read,
    read_any,
    signed_in_as,
)

__all__ = [
    "Administrator",
    "AdministratorStatus",
    "Changes",
    "NewAdministrator",
    "create",
    "delete",
    "find_active",
    "find_all",
    "link",
    "lock",
    "names_of",
    "read",
    "read_any",
    "require_reach",
    "signed_in_as",
    "update",
]
