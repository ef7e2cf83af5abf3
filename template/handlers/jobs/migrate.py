"""Brings the database to the level of the code: roles, migrations, the operator's tenant.

Started by `saasgen migrate` after an apply; running it again does nothing.
"""

import json
from pathlib import Path
from typing import Any, Final

import psycopg

from handlers.platform import migrations, roles, telemetry
from handlers.platform.clock import Clock, system_clock
from handlers.platform.database_login import connect_with, iam_token
from handlers.platform.settings import Settings, settings

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"

_SEED: Final = """
    INSERT INTO tenants (tenant_id, name, email, status, created_at, updated_at)
    VALUES (%(id)s, %(name)s, %(email)s, 'active', %(now)s, %(now)s)
    ON CONFLICT (tenant_id) DO NOTHING
"""


def handler(event: dict[str, Any], context: telemetry.LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Bring the database up to date; answers what was applied and the level it has now."""
    telemetry.begin(context)
    config = settings()
    with _connected(config) as connection:
        report = run(connection, config, system_clock)
    telemetry.log.info("database migrated", applied=list(report.applied), level=report.level)
    return {"applied": list(report.applied), "level": report.level}


def run(connection: psycopg.Connection[Any], config: Settings, clock: Clock) -> migrations.Report:
    """Migrate and seed over a connection that may act as the owner."""
    connection.execute("SET ROLE owner")
    report = migrations.migrate(connection, MIGRATIONS, clock)
    _seed_operator(connection, config, clock)
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
    return connection


def _master(config: Settings) -> tuple[str, str]:
    import boto3

    arn = config.required("database_master_secret_arn")
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=arn)
    fields = json.loads(secret["SecretString"])
    return fields["username"], fields["password"]


def _seed_operator(connection: psycopg.Connection[Any], config: Settings, clock: Clock) -> None:
    """Make the tenant of the company that runs the stack; it may have renamed itself since."""
    operator = {
        "id": config.operator,
        "name": config.required("operator_tenant_name"),
        "email": config.required("admin_email"),
        "now": clock(),
    }
    with connection.transaction():
        connection.execute("SELECT app.enter_tenant(%(id)s)", operator)
        connection.execute(_SEED, operator)
