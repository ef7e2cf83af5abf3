"""Logging in to the database: verified TLS and a short-lived IAM token instead of a password.

A function is told which way it goes: straight to the cluster, or by RDS Proxy (docs/adr/0009).
"""

from pathlib import Path
from typing import Any, Final

import psycopg

from handlers.platform.base.settings import DatabaseRoute, MisconfiguredError, Settings, settings
from handlers.platform.database import roles

# A cluster's certificate is RDS's own; a proxy has one of AWS Certificate Manager.
_ROOTS: Final[dict[DatabaseRoute, Path]] = {
    "direct": Path(__file__).with_name("rds-ca-bundle.pem"),
    "proxied": Path(__file__).with_name("amazon-trust-services.pem"),
}
# RDS Proxy would keep a connection that prepares statements for one client alone; straight to the
# cluster, they spare it the planning of what it has been asked before.
_PREPARED_AFTER: Final[dict[DatabaseRoute, int | None]] = {"direct": 5, "proxied": None}
_TOKEN_LIFE_S: Final = 900  # what RDS accepts at most; a connection outlives its token


def connect(role: str) -> psycopg.Connection[Any]:
    """Connect with the rights of `app` or `service`, the way that this function goes."""
    config = settings()
    if config.database_route is None:
        raise MisconfiguredError("environment variable DATABASE_ROUTE is not set")
    user = roles.login(role, config.database_route)
    return connect_with(user, iam_token(user, config), config, config.database_route)


def connect_with(
    user: str, password: str, config: Settings, route: DatabaseRoute = "direct"
) -> psycopg.Connection[Any]:
    """Connect with a password of the caller's, under the name that the certificate must carry."""
    return psycopg.connect(
        host=config.required("database_host"),
        port=config.database_port,
        dbname=config.required("database_name"),
        user=user,
        password=password,
        sslmode="verify-full",
        sslrootcert=config.database_ca_file or str(_ROOTS[route]),
        gssencmode="disable",
        connect_timeout=5,
        application_name=config.powertools_service_name,
        prepare_threshold=_PREPARED_AFTER[route],
    )


def iam_token(user: str, config: Settings) -> str:
    """Return a token that lets `user` log in, signed here without a call to AWS.

    It is a presigned URL without its scheme (Aurora User Guide, "Connecting using IAM
    authentication"). boto3's own function for it would first load the whole RDS service model.
    """
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    credentials = Session().get_credentials()
    if credentials is None:
        raise MisconfiguredError("no AWS credentials to sign the database login with")
    url = f"https://{config.required('database_host')}:{config.database_port}/"
    request = AWSRequest(method="GET", url=url, params={"Action": "connect", "DBUser": user})
    region = config.required("aws_region")
    SigV4QueryAuth(credentials, "rds-db", region, expires=_TOKEN_LIFE_S).add_auth(request)
    return str(request.url).removeprefix("https://")
