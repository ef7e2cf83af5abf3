import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from saasgen.sandbox.aws.invocations import handle_with
from saasgen.sandbox.aws.mail import SentMail, on_mail
from tests.generator.sandbox.conftest import Aws

EMAIL = "ada@example.com"
PASSWORD = "Long-enough-1"
TRIGGER = "arn:aws:lambda:us-east-1:123456789012:function:pre-token:live"


class Trigger:
    """Stands in for the runner; answers with what a test wants."""

    def __init__(self, details: dict[str, Any] | None = None, error: str | None = None) -> None:
        self.details = details
        self.error = error
        self.events: list[dict[str, Any]] = []

    def request(
        self, function_arn: str, event: Any, trace_header: str | None = None
    ) -> tuple[str, str | None, str]:
        assert function_arn == TRIGGER
        self.events.append(event)
        if self.error:
            return json.dumps({"errorMessage": self.error}), "Unhandled", ""
        response = {"claimsAndScopeOverrideDetails": self.details}
        return json.dumps(event | {"response": response}), None, ""

    def event(self, function_arn: str, event: Any, trace_header: str | None) -> None:
        raise AssertionError


def pool_with_user(cognito, **settings) -> tuple[str, str]:
    pool = cognito.create_user_pool(
        PoolName="users", UsernameAttributes=["email"], UserPoolTier="ESSENTIALS", **settings
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="web")
    cognito.create_group(UserPoolId=pool, GroupName="admin")
    cognito.admin_create_user(UserPoolId=pool, Username=EMAIL, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=EMAIL, Password=PASSWORD, Permanent=True
    )
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=EMAIL, GroupName="admin")
    return pool, client["UserPoolClient"]["ClientId"]


def sign_in(cognito, pool: str, client: str) -> dict[str, Any]:
    return cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": EMAIL, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def with_trigger(version: str = "V2_0") -> dict[str, Any]:
    config = {"LambdaArn": TRIGGER, "LambdaVersion": version}
    return {"LambdaConfig": {"PreTokenGenerationConfig": config}}


def test_resource_server_can_be_deleted(aws: Aws) -> None:
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    cognito.create_resource_server(UserPoolId=pool, Identifier="billing", Name="billing")
    cognito.delete_resource_server(UserPoolId=pool, Identifier="billing")
    assert cognito.list_resource_servers(UserPoolId=pool, MaxResults=5)["ResourceServers"] == []


def test_what_is_done_about_threats_is_kept_and_can_be_taken_back(aws: Aws) -> None:
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    block = {"EventFilter": ["SIGN_IN"], "Actions": {"EventAction": "BLOCK"}}

    cognito.set_risk_configuration(UserPoolId=pool, CompromisedCredentialsRiskConfiguration=block)
    set_to = cognito.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]
    cognito.set_risk_configuration(UserPoolId=pool)
    taken_back = cognito.describe_risk_configuration(UserPoolId=pool)["RiskConfiguration"]

    assert set_to["CompromisedCredentialsRiskConfiguration"] == block
    assert "CompromisedCredentialsRiskConfiguration" not in taken_back


def test_update_of_a_pool_keeps_what_it_does_not_name(aws: Aws) -> None:
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="users",
        UsernameAttributes=["email"],
        UserPoolTier="PLUS",
        UserPoolTags={"stack": "acme"},
    )["UserPool"]["Id"]
    cognito.update_user_pool(UserPoolId=pool, MfaConfiguration="OFF")
    found = cognito.describe_user_pool(UserPoolId=pool)["UserPool"]
    assert found["UsernameAttributes"] == ["email"]
    assert found["UserPoolTier"] == "PLUS"
    assert found["UserPoolTags"] == {"stack": "acme"}


def test_pool_made_without_a_tier_has_the_default_one(aws: Aws) -> None:
    cognito = aws("cognito-idp")
    pool = cognito.create_user_pool(PoolName="users")["UserPool"]["Id"]
    assert cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["UserPoolTier"] == "ESSENTIALS"


def test_trigger_puts_claims_into_both_tokens(aws: Aws) -> None:
    trigger = Trigger(
        {
            "accessTokenGeneration": {
                "claimsToAddOrOverride": {"plan_tier": "pro", "sub": "somebody else"},
                "scopesToAdd": ["billing/events.write"],
            },
            "idTokenGeneration": {
                "claimsToAddOrOverride": {"tenant_status": "active"},
                "claimsToSuppress": ["email", "iss"],
            },
        }
    )
    handle_with(trigger)
    cognito = aws("cognito-idp")
    pool, client = pool_with_user(cognito, **with_trigger())
    tokens = sign_in(cognito, pool, client)
    access, identity = claims(tokens["AccessToken"]), claims(tokens["IdToken"])
    assert access["plan_tier"] == "pro"
    assert access["scope"] == "aws.cognito.signin.user.admin billing/events.write"
    assert access["cognito:groups"] == ["admin"]
    assert access["sub"] == identity["sub"] != "somebody else"
    assert identity["tenant_status"] == "active"
    assert "iss" in identity
    [event] = trigger.events
    assert event["version"] == "2"
    assert event["triggerSource"] == "TokenGeneration_Authentication"
    assert event["request"]["userAttributes"]["email"] == EMAIL
    assert event["request"]["groupConfiguration"]["groupsToOverride"] == ["admin"]


def test_refresh_runs_the_trigger_again(aws: Aws) -> None:
    trigger = Trigger({"accessTokenGeneration": {"claimsToAddOrOverride": {"plan_tier": "pro"}}})
    handle_with(trigger)
    cognito = aws("cognito-idp")
    pool, client = pool_with_user(cognito, **with_trigger())
    first = sign_in(cognito, pool, client)
    again = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": first["RefreshToken"]},
    )["AuthenticationResult"]
    assert claims(again["AccessToken"])["plan_tier"] == "pro"
    assert trigger.events[-1]["triggerSource"] == "TokenGeneration_RefreshTokens"


def test_failing_trigger_fails_the_sign_in(aws: Aws) -> None:
    handle_with(Trigger(error="database is down"))
    cognito = aws("cognito-idp")
    pool, client = pool_with_user(cognito, **with_trigger())
    with pytest.raises(ClientError, match="PreTokenGeneration failed with error database is down"):
        sign_in(cognito, pool, client)


def test_pool_without_trigger_signs_in(aws: Aws) -> None:
    handle_with(Trigger(error="must not be called"))
    cognito = aws("cognito-idp")
    pool, client = pool_with_user(cognito)
    assert claims(sign_in(cognito, pool, client)["AccessToken"])["token_use"] == "access"


def test_invitation_is_mailed_with_a_working_temporary_password(aws: Aws) -> None:
    sent: list[SentMail] = []
    on_mail(sent.append)
    cognito = aws("cognito-idp")
    template = {"EmailSubject": "Welcome", "EmailMessage": "{username} signs in with {####}"}
    pool, client = pool_with_user(
        cognito, AdminCreateUserConfig={"InviteMessageTemplate": template}
    )
    cognito.admin_create_user(
        UserPoolId=pool, Username="bob@example.com", DesiredDeliveryMediums=["EMAIL"]
    )
    [mail] = [one for one in sent if "bob@example.com" in one.to]
    assert mail.subject == "Welcome"
    words = mail.text.split()
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": words[0], "PASSWORD": words[-1]},
    )
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_suppressed_invitation_sends_no_mail(aws: Aws) -> None:
    sent: list[SentMail] = []
    on_mail(sent.append)
    pool_with_user(aws("cognito-idp"))
    assert sent == []


def test_mail_keeps_both_bodies(aws: Aws) -> None:
    sent: list[SentMail] = []
    on_mail(sent.append)
    ses = aws("sesv2")
    ses.create_email_identity(EmailIdentity="billing@example.com")
    ses.send_email(
        FromEmailAddress="billing@example.com",
        Destination={"ToAddresses": [EMAIL]},
        Content={
            "Simple": {
                "Subject": {"Data": "Invoice 1"},
                "Body": {"Text": {"Data": "plain"}, "Html": {"Data": "<p>rich</p>"}},
            }
        },
    )
    assert [(m.to, m.subject, m.text, m.html) for m in sent] == [
        ((EMAIL,), "Invoice 1", "plain", "<p>rich</p>")
    ]
