"""Logging in to the cluster: verified TLS and a short-lived IAM token instead of a password."""

from pathlib import Path
from typing import Any, Final

import psycopg

from handlers.platform.settings import MisconfiguredError, Settings, settings

_ROOTS: Final = Path(__file__).with_name("rds-ca-bundle.pem")
_TOKEN_LIFE_S: Final = 900  # what RDS accepts at most; a connection outlives its token


def connect(role: str) -> psycopg.Connection[Any]:
    """Connect as one of the database's roles, under the name that the certificate must carry."""
    config = settings()
    return connect_with(role, iam_token(role, config), config)


def connect_with(user: str, password: str, config: Settings) -> psycopg.Connection[Any]:
    """Connect with a password of the caller's."""
    return psycopg.connect(
        host=config.required("database_host"),
        port=config.database_port,
        dbname=config.required("database_name"),
        user=user,
        password=password,
        sslmode="verify-full",
        sslrootcert=config.database_ca_file or str(_ROOTS),
        gssencmode="disable",
        connect_timeout=5,
        application_name=config.powertools_service_name,
    )


def iam_token(role: str, config: Settings) -> str:
    """Return a token that lets `role` log in, signed here without a call to AWS.

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
    request = AWSRequest(method="GET", url=url, params={"Action": "connect", "DBUser": role})
    region = config.required("aws_region")
    SigV4QueryAuth(credentials, "rds-db", region, expires=_TOKEN_LIFE_S).add_auth(request)
    return str(request.url).removeprefix("https://")
