"""The operator's first administrator, whom Terraform makes a user in Cognito.

The two are joined at the first sign-in, by the address (`link`).
"""

from datetime import datetime
from typing import Any, Final

import psycopg

from handlers.platform.base.ids import TenantId, new_id

_SEED: Final = """
    INSERT INTO administrators (tenant_id, administrator_id, email, first_name, last_name, role,
                                created_at, updated_at)
    SELECT %(tenant)s, %(id)s, lower(%(email)s), '', '', 'super_admin', %(now)s, %(now)s
     WHERE NOT EXISTS (SELECT 1 FROM administrators WHERE tenant_id = %(tenant)s)
"""


def seed(
    connection: psycopg.Connection[Any], now: datetime, tenant_id: TenantId, email: str
) -> None:
    """Make the administrator in the tenant's context, unless the tenant has any."""
    values = {"tenant": tenant_id, "id": new_id(now), "email": email, "now": now}
    connection.execute(_SEED, values)
