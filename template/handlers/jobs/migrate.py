"""Brings the database to the level of the code: roles, passwords, migrations, partitions, tenants.

Started by `saasgen migrate` after an apply; running it again does nothing.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg

from handlers.domain import tenants
from handlers.domain.access.administrators import first_administrator
from handlers.domain.metering import partitions
from handlers.platform.base import telemetry
from handlers.platform.base.clock import Clock, system_clock
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import Settings, settings
from handlers.platform.database import extensions, migrations, proxied_logins, roles
from handlers.platform.database.login import connect_with, iam_token

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


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
    email = config.required("admin_email")
    with _in_context_of(connection, config.operator):
        name = config.required("operator_tenant_name")
        tenants.seed(connection, clock(), config.operator, name, email)
        tenants.mark_operator(connection, config.operator)
        first_administrator.seed(connection, clock(), config.operator, email)
    if config.dedicated_tenant_id is not None:
        # the one customer of a dedicated stack
        tenant_id = TenantId(config.dedicated_tenant_id)
        name = config.required("dedicated_tenant_name")
        with _in_context_of(connection, tenant_id):
            tenants.seed(connection, clock(), tenant_id, name, email)
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


@contextmanager
def _in_context_of(connection: psycopg.Connection[Any], tenant_id: TenantId) -> Iterator[None]:
    """Run a transaction in a tenant's context."""
    with connection.transaction():
        connection.execute("SELECT app.enter_tenant(%s)", [tenant_id])
        yield
