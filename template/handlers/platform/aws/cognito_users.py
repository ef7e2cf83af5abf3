"""People in Cognito: made, put into the group of their role, sent away.

Every call may be repeated: it brings about a state, and finds it there the second time.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, Literal

from handlers.catalog.permissions import ADMINISTRATOR_ROLES, AdministratorRole
from handlers.platform.base.errors import Conflict, FieldError, ServiceUnavailable, Unprocessable
from handlers.platform.base.ids import TenantId
from handlers.platform.base.settings import settings
from handlers.platform.base.telemetry import log

UserStatus = Literal["active", "inactive", "deleted"]

_TENANT: Final = "custom:tenant_id"
_UNAVAILABLE: Final = "The sign-in service cannot be reached right now. Try again in a few seconds."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be made a user; the password is Cognito's alone."""

    tenant_id: TenantId
    email: str
    first_name: str
    last_name: str
    password: str


def ensure_user(person: Person) -> str:
    """Make a user without any role, or find the one that an attempt before this made.

    Returns:
        Cognito's `sub` of the user.

    Raises:
        Conflict: The address signs in to another tenant already.
        Unprocessable: The password breaks the pool's rules.
        ServiceUnavailable: Cognito did not answer.
    """
    from botocore.exceptions import BotoCoreError

    try:
        attributes = _create(person) or _existing(person)
        sub = attributes["sub"]
        _set_password(sub, person.password)
    except BotoCoreError as error:
        raise ServiceUnavailable(_UNAVAILABLE, retry_after_s=2) from error
    return sub


def synchronize(sub: str, role: AdministratorRole, standing: UserStatus) -> None:
    """Synchronize a user with what was decided about them.

    Args:
        sub: Cognito's name of the user.
        role: The group to be in, and no other administrator's group.
        standing: Inactive ones cannot sign in, deleted ones are deleted; their sessions end.
    """
    if standing == "deleted":
        _delete(sub)
    elif standing == "inactive":
        _cognito().admin_disable_user(**_user(sub))
        _cognito().admin_user_global_sign_out(**_user(sub))
    else:
        _cognito().admin_enable_user(**_user(sub))
        _give_role(sub, role)


def _give_role(sub: str, role: AdministratorRole) -> None:
    """Change the group; who had another one is signed out, so that the next token tells.

    The other group goes last: after a crash, that it is still there says that a sign-out is due.
    """
    groups = _cognito().admin_list_groups_for_user(**_user(sub))["Groups"]
    had = {group["GroupName"] for group in groups} & set(ADMINISTRATOR_ROLES)
    if role not in had:
        _cognito().admin_add_user_to_group(**_user(sub), GroupName=role)
    if had - {role}:
        _cognito().admin_user_global_sign_out(**_user(sub))
    for group in had - {role}:
        _cognito().admin_remove_user_from_group(**_user(sub), GroupName=group)


def _delete(sub: str) -> None:
    try:
        _cognito().admin_delete_user(**_user(sub))
    except _cognito().exceptions.UserNotFoundException:
        log.info("user was deleted already", sub=sub)


def _create(person: Person) -> dict[str, str] | None:
    """Make the user; None if the address signs in already."""
    attributes = {
        "email": person.email,
        "email_verified": "true",  # who accepts has read a mail that went to it
        "given_name": person.first_name,
        "family_name": person.last_name,
        _TENANT: str(person.tenant_id),
    }
    try:
        answer = _cognito().admin_create_user(
            **_pool(),
            Username=person.email,
            UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
            MessageAction="SUPPRESS",
        )
    except _cognito().exceptions.UsernameExistsException:
        return None
    return _attributes(answer["User"]["Attributes"])


def _existing(person: Person) -> dict[str, str]:
    user = _cognito().admin_get_user(**_pool(), Username=person.email)
    attributes = _attributes(user["UserAttributes"])
    if attributes.get(_TENANT) != str(person.tenant_id):
        raise Conflict("This address cannot be used here. Ask to be invited with another one.")
    return attributes


def _set_password(sub: str, password: str) -> None:
    try:
        _cognito().admin_set_user_password(**_user(sub), Password=password, Permanent=True)
    except _cognito().exceptions.InvalidPasswordException as error:
        rule = (
            "needs lower and upper case letters, a digit and a symbol, and must not be an old one"
        )
        raise Unprocessable("The password is too weak.", [FieldError("/password", rule)]) from error


def _attributes(pairs: list[dict[str, str]]) -> dict[str, str]:
    return {pair["Name"]: pair["Value"] for pair in pairs}


def _pool() -> dict[str, str]:
    return {"UserPoolId": settings().required("user_pool_id")}


def _user(sub: str) -> dict[str, str]:
    return _pool() | {"Username": sub}


@cache
def _cognito() -> Any:
    import boto3
    from botocore.config import Config

    patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
    return boto3.client("cognito-idp", config=patience)
