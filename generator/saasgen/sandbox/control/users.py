"""Users of a sandbox's Cognito pool, made and signed in the way an operator of AWS would."""

import secrets
from typing import Any

from saasgen.errors import OutsideFailure, UserError
from saasgen.sandbox.control.client import Sandbox


class Users:
    """The users of the stack that runs in `sandbox`."""

    def __init__(self, sandbox: Sandbox) -> None:
        import boto3

        environment = sandbox.environment()
        self._cognito: Any = boto3.client(
            "cognito-idp",
            region_name=environment["AWS_REGION"],
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )
        pools = self._cognito.list_user_pools(MaxResults=1)["UserPools"]
        if not pools:
            raise UserError("The sandbox has no user pool yet: run `saasgen sandbox up` first.")
        self._pool = pools[0]["Id"]
        self._client = self._password_client()

    def create(self, email: str, tenant_id: str, role: str) -> None:
        """Make a user of a tenant with a role; one that exists keeps its tenant.

        Raises:
            UserError: there is no such role.
        """
        attributes = {"email": email, "email_verified": "true", "custom:tenant_id": tenant_id}
        named = [{"Name": name, "Value": value} for name, value in attributes.items()]
        user = {"UserPoolId": self._pool, "Username": email}
        groups = self._cognito.list_groups(UserPoolId=self._pool)["Groups"]
        roles = sorted(group["GroupName"] for group in groups)
        if role not in roles:
            raise UserError(f"There is no role {role!r}. Roles: {', '.join(roles)}.")
        try:
            self._cognito.admin_create_user(**user, UserAttributes=named, MessageAction="SUPPRESS")
        except self._cognito.exceptions.UsernameExistsException:
            self._require_tenant(email, tenant_id)
        self._cognito.admin_add_user_to_group(**user, GroupName=role)

    def sign_in(self, email: str) -> str:
        """Give the user a new random password, sign in with it, return the access token.

        Raises:
            UserError: there is no such user.
        """
        password = new_password()
        try:
            self._cognito.admin_set_user_password(
                UserPoolId=self._pool, Username=email, Password=password, Permanent=True
            )
        except self._cognito.exceptions.UserNotFoundException as error:
            raise UserError(f"There is no user {email!r}: make one with --tenant.") from error
        return _access_token(self._initiate(email, password))

    def accept_invitation(self, email: str, temporary_password: str) -> str:
        """Sign in with the password of an invitation mail, choose one's own, return the token."""
        answer = self._initiate(email, temporary_password)
        if answer.get("ChallengeName") != "NEW_PASSWORD_REQUIRED":
            raise OutsideFailure(f"Cognito asked {email} for no new password: {answer}")
        return _access_token(
            self._cognito.admin_respond_to_auth_challenge(
                UserPoolId=self._pool,
                ClientId=self._client,
                ChallengeName="NEW_PASSWORD_REQUIRED",
                Session=answer["Session"],
                ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": new_password()},
            )
        )

    def _initiate(self, email: str, password: str) -> dict[str, Any]:
        answer: dict[str, Any] = self._cognito.admin_initiate_auth(
            UserPoolId=self._pool,
            ClientId=self._client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": password},
        )
        return answer

    def _password_client(self) -> str:
        pages = self._cognito.get_paginator("list_user_pool_clients").paginate(
            UserPoolId=self._pool
        )
        for found in (client for page in pages for client in page["UserPoolClients"]):
            asked = self._cognito.describe_user_pool_client(
                UserPoolId=self._pool, ClientId=found["ClientId"]
            )
            if "ALLOW_ADMIN_USER_PASSWORD_AUTH" in asked["UserPoolClient"]["ExplicitAuthFlows"]:
                return str(found["ClientId"])
        raise OutsideFailure("No client of the user pool lets administrators sign users in.")

    def _require_tenant(self, email: str, tenant_id: str) -> None:
        user = self._cognito.admin_get_user(UserPoolId=self._pool, Username=email)
        held = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        if held.get("custom:tenant_id") != tenant_id:
            raise UserError(
                f"{email} belongs to tenant {held.get('custom:tenant_id')}, which cannot change."
            )


def new_password() -> str:
    """A random password that any pool's policy takes."""
    return secrets.token_urlsafe(18) + "aA1!"


def _access_token(answer: dict[str, Any]) -> str:
    return str(answer["AuthenticationResult"]["AccessToken"])
