"""Brings the database to the level of the code: roles, passwords, migrations, partitions, tenants.

Started by `saasgen migrate` after an apply; running it again does nothing.
"""

import json
from pathlib import Path
from typing import Any, Final

import psycopg

from handlers.domain.metering import partitions
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import TenantId, new_id
from handlers.platform.base.settings import Settings, settings
from handlers.platform.database import extensions, migrations, proxied_logins, roles
from handlers.platform.database.login import connect_with, iam_token

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"

_SEED: Final = """
    INSERT INTO tenants (tenant_id, name, email, status, created_at, updated_at)
    VALUES (%(id)s, %(name)s, %(email)s, 'active', %(now)s, %(now)s)
    ON CONFLICT (tenant_id) DO NOTHING
"""
_MARK_OPERATOR: Final = """
    UPDATE tenants SET is_operator = true WHERE tenant_id = %(tenant)s AND NOT is_operator
"""
_SEED_ADMINISTRATOR: Final = """
    INSERT INTO administrators (tenant_id, administrator_id, email, first_name, last_name, role,
                                created_at, updated_at)
    SELECT %(tenant)s, %(id)s, lower(%(email)s), '', '', 'super_admin', %(now)s, %(now)s
     WHERE NOT EXISTS (SELECT 1 FROM administrators WHERE tenant_id = %(tenant)s)
"""


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Bring the database up to date; answers what was applied and the level it has now."""
    telemetry.begin(context)
    config = settings()
    secret_arns = json.loads(config.required("proxied_login_secrets"))
    with _connected(config) as connection:
        proxied_logins.provide(connection, secret_arns)
        report = run(connection, config, system_clock)
    telemetry.log.info("database migrated", applied=list(report.applied), level=report.level)
    return {"applied": list(report.applied), "level": report.level}


def run(connection: psycopg.Connection[Any], config: Settings, clock: Clock) -> migrations.Report:
    """Migrate and seed over a connection that may act as the owner."""
    connection.execute("SET ROLE owner")
    report = migrations.migrate(connection, MIGRATIONS, clock)
    connection.execute(partitions.MAKE, partitions.needed(clock()))
    _seed(connection, config.operator, config.required("operator_tenant_name"), config, clock)
    _mark_operator(connection, config.operator)
    _seed_administrator(connection, config.operator, config, clock)
    if config.dedicated_tenant_id is not None:
        name = config.required("dedicated_tenant_name")
        _seed(connection, TenantId(config.dedicated_tenant_id), name, config, clock)
    return report


def _connected(config: Settings) -> psycopg.Connection[Any]:
    """Connect as the migrator, or the first time as the master, who makes the migrator."""
    try:
        connection = connect_with("migrator", iam_token("migrator", config), config)
    except psycopg.OperationalError as error:
        telemetry.log.info("the migrator cannot log in yet", reason=str(error))
    else:
        connection.autocommit = True
        if roles.are_complete(connection):
            return connection
        connection.close()
    return _bootstrapped(config)


def _bootstrapped(config: Settings) -> psycopg.Connection[Any]:
    user, password = _master(config)
    connection = connect_with(user, password, config)
    connection.autocommit = True
    with migrations.locked(connection):
        roles.bootstrap(connection)
        extensions.create(connection)
    return connection


def _master(config: Settings) -> tuple[str, str]:
    import boto3

    arn = config.required("database_master_secret_arn")
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    fields = json.loads(secret["SecretString"])
    return fields["username"], fields["password"]


def _seed(
    connection: psycopg.Connection[Any], tenant: TenantId, name: str, config: Settings, clock: Clock
) -> None:
    """Make a tenant that Terraform knows; it may have renamed itself since.

    That is the company that runs the stack and, where the stack is dedicated, its one customer.
    """
    email = config.required("admin_email")
    values = {"id": tenant, "name": name, "email": email, "now": clock()}
    with connection.transaction():
        connection.execute("SELECT app.enter_tenant(%(id)s)", values)
        connection.execute(_SEED, values)


def _mark_operator(connection: psycopg.Connection[Any], tenant: TenantId) -> None:
    """Let the database know whose the rows of the whole stack are."""
    with connection.transaction():
        connection.execute("SELECT app.enter_tenant(%(tenant)s)", {"tenant": tenant})
        connection.execute(_MARK_OPERATOR, {"tenant": tenant})


def _seed_administrator(
    connection: psycopg.Connection[Any], tenant: TenantId, config: Settings, clock: Clock
) -> None:
    """Make the administrator whom Terraform made a user in Cognito, unless there is one.

    The two are joined at the first sign-in, by the address.
    """
    now = clock()
    values = {"tenant": tenant, "id": new_id(now), "email": config.required("admin_email")}
    with connection.transaction():
        connection.execute("SELECT app.enter_tenant(%(tenant)s)", values)
        connection.execute(_SEED_ADMINISTRATOR, values | {"now": now})
