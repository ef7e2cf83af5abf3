"""An account that was in use, saved and loaded by another process: everything goes on."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import jwt
import psycopg
import pytest
from stripe import StripeClient

from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.snapshots.store import manifest_of, opened, snapshots_of
from saasgen.sandbox.stripe.account import API_KEY
from tests.generator.sandbox.small_stack import client, connected, state

POOL_CLIENT = {"ClientName": "console", "ExplicitAuthFlows": ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]}
PASSWORD = "Sandbox-1-password"
CODE = """
    import json

    def handler(event, context):
        print("got", json.dumps(event))
        if "Records" in event and "fails" in event["Records"][0]["body"]:
            raise ValueError("not yet")
        return {"statusCode": 200, "body": "{}"}
"""


@dataclass(frozen=True)
class Account:
    """What was made in an account before it was saved."""

    sandbox: Sandbox
    pool_id: str
    client_id: str
    token: str
    ciphertext: bytes
    receipt_handle: str
    customer: str
    saved_now: datetime

    def aws(self, service: str) -> Any:
        return client(self.sandbox, service)

    def stripe(self) -> StripeClient:
        return stripe(self.sandbox)

    def sql(self, query: Any) -> list[Any]:
        return sql(self.sandbox, query)


def stripe(sandbox: Sandbox) -> StripeClient:
    return StripeClient(API_KEY, base_addresses={"api": str(sandbox.status().stripe)})


def sql(sandbox: Sandbox, query: Any) -> list[Any]:
    database = sandbox.status().database
    assert database is not None
    with psycopg.connect(database.superuser_dsn, autocommit=True) as connection:
        done = connection.execute(query)
        return done.fetchall() if done.description else []


def logged(sandbox: Sandbox, words: str) -> bool:
    log = sandbox._layout.logs / "f.log"
    return log.is_file() and words in log.read_text()


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 20
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("parent")
    sandbox = Sandbox(folder)
    sandbox.start()
    try:
        yield _used(sandbox, folder)
    finally:
        sandbox.stop()


def _used(sandbox: Sandbox, folder: Path) -> Account:
    """Bring the small stack up and leave something in every service."""
    sqs, pools = client(sandbox, "sqs"), client(sandbox, "cognito-idp")
    for queue in ("work", "inbox"):
        sqs.create_queue(QueueName=queue)
    key_id = client(sandbox, "kms").create_key()["KeyMetadata"]["KeyId"]
    secrets = client(sandbox, "secretsmanager")
    secret = secrets.create_secret(Name="stripe", KmsKeyId=key_id)["ARN"]
    secrets.create_secret(Name="mine", SecretString="sesame", KmsKeyId=key_id)
    sandbox.serve(state(folder, CODE, STRIPE_SECRET_ARN=secret))
    pool_id = pools.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = pools.create_user_pool_client(UserPoolId=pool_id, **POOL_CLIENT)["UserPoolClient"]
    user = {"UserPoolId": pool_id, "Username": "ada@example.com"}
    pools.admin_create_user(**user, DesiredDeliveryMediums=["EMAIL"])
    pools.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    sqs.send_message(QueueUrl=_url("inbox"), MessageBody="in flight")
    received = sqs.receive_message(QueueUrl=_url("inbox"), VisibilityTimeout=600)
    sql(sandbox, "CREATE ROLE reader LOGIN PASSWORD 'r'; CREATE TABLE kept AS SELECT 1 AS one")
    sandbox.move_clock(sandbox.status().now + timedelta(days=40))
    wait_for(lambda: logged(sandbox, "schedule/default/nightly"))
    paid = stripe(sandbox).v1.customers.create({"name": "Initech"}, {"idempotency_key": "once"})
    return Account(
        sandbox=sandbox,
        pool_id=pool_id,
        client_id=made["ClientId"],
        token=_sign_in(pools, pool_id, made["ClientId"])["AccessToken"],
        ciphertext=client(sandbox, "kms").encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"],
        receipt_handle=received["Messages"][0]["ReceiptHandle"],
        customer=paid.id,
        saved_now=sandbox.status().now,
    )


def _sign_in(pools: Any, pool_id: str, client_id: str) -> Any:
    return pools.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client_id,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada@example.com", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]


def _url(queue: str) -> str:
    return f"https://sqs.us-east-1.amazonaws.com/123456789012/{queue}"


@pytest.fixture(scope="module")
def snapshot(parent: Account, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("cache", numbered=True) / "kept.sandbox"
    parent.sandbox.save(file, "acme")
    return file


@pytest.fixture(scope="module")
def child(
    parent: Account, snapshot: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Account]:
    """Another process that goes on from the snapshot, beside the first one."""
    sandbox = Sandbox(tmp_path_factory.mktemp("child"), "second")
    sandbox.load(snapshot)
    try:
        yield Account(**{**vars(parent), "sandbox": sandbox})
    finally:
        sandbox.stop()


def test_a_snapshot_is_its_owners_alone_and_says_what_it_is(snapshot: Path) -> None:
    assert snapshot.stat().st_mode & 0o777 == 0o600
    with opened(snapshot) as archive:
        manifest = manifest_of(archive)
    assert (manifest.stack, manifest.inputs) == ("acme", None)


def test_the_parent_goes_on_after_it_was_saved(parent: Account, snapshot: Path) -> None:
    assert parent.sandbox.invoke("f", {}).error is None
    assert parent.sql("SELECT one FROM kept") == [(1,)]
    assert urlopen(f"{parent.sandbox.status().api_url}/v1/hello").status == 200


def test_addresses_are_the_childs_own(parent: Account, child: Account) -> None:
    one, other = parent.sandbox.status(), child.sandbox.status()
    assert {one.endpoint, one.api_url, one.stripe}.isdisjoint(
        {other.endpoint, other.api_url, other.stripe}
    )
    urls = child.aws("sqs").list_queues()["QueueUrls"]
    assert sorted(urls) == [_url("inbox"), _url("work")]


def test_the_clock_goes_on_from_the_saved_time(child: Account) -> None:
    assert timedelta() < child.sandbox.status().now - child.saved_now < timedelta(minutes=2)


def test_a_token_that_was_signed_before_is_valid(child: Account) -> None:
    endpoint = child.sandbox.environment()["AWS_ENDPOINT_URL"]
    with urlopen(f"{endpoint}/{child.pool_id}/.well-known/jwks.json") as answer:
        [key] = json.load(answer)["keys"]
    claims = jwt.decode(child.token, jwt.PyJWK(key).key, algorithms=["RS256"])
    pools = child.aws("cognito-idp")
    assert pools.get_user(AccessToken=child.token)["Username"] == claims["username"]
    assert _sign_in(pools, child.pool_id, child.client_id)["AccessToken"]


def test_keys_decrypt_and_secrets_can_be_read(child: Account) -> None:
    assert child.aws("kms").decrypt(CiphertextBlob=child.ciphertext)["Plaintext"] == b"x"
    secret = child.aws("secretsmanager").get_secret_value(SecretId="mine")
    assert secret["SecretString"] == "sesame"


def test_a_message_in_flight_is_still_in_flight_and_can_be_given_back(child: Account) -> None:
    sqs = child.aws("sqs")
    assert "Messages" not in sqs.receive_message(QueueUrl=_url("inbox"))
    sqs.change_message_visibility(
        QueueUrl=_url("inbox"), ReceiptHandle=child.receipt_handle, VisibilityTimeout=0
    )
    again = {"QueueUrl": _url("inbox"), "VisibilityTimeout": 0}
    [message] = wait_for(lambda: sqs.receive_message(**again).get("Messages"))
    assert message["Body"] == "in flight"


def test_queues_are_consumed(child: Account) -> None:
    child.aws("sqs").send_message(QueueUrl=_url("work"), MessageBody="for the child")
    wait_for(lambda: logged(child.sandbox, "for the child"))


def test_the_database_has_its_rows_and_roles(child: Account) -> None:
    assert child.sql("SELECT one FROM kept") == [(1,)]
    assert child.sql("SELECT 1 FROM pg_authid WHERE rolname = 'reader' AND rolpassword <> ''")
    with connected(child.sandbox) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_mail_is_kept(parent: Account, child: Account) -> None:
    assert child.sandbox.mail() == parent.sandbox.mail() != []


def test_stripe_remembers_and_answers_a_repeated_request_as_before(child: Account) -> None:
    again = child.stripe().v1.customers.create({"name": "Initech"}, {"idempotency_key": "once"})
    assert again.id == child.customer
    assert [found.id for found in child.stripe().v1.customers.list().data] == [child.customer]


def test_the_childs_webhooks_reach_the_child_alone(parent: Account, child: Account) -> None:
    [endpoint] = child.stripe().v1.webhook_endpoints.list().data
    assert endpoint.url == f"{child.sandbox.status().api_url}/v1/webhooks/stripe"
    [other] = parent.stripe().v1.webhook_endpoints.list().data
    assert other.url == f"{parent.sandbox.status().api_url}/v1/webhooks/stripe"


def test_loading_again_is_a_rewind(child: Account, snapshot: Path) -> None:
    child.sql("DROP TABLE kept")
    next_year = child.sandbox.status().now + timedelta(days=365)
    assert child.sandbox.move_clock(next_year).fired == ("nightly",)
    port = child.sandbox.status().api_url

    child.sandbox.load(snapshot)

    status = child.sandbox.status()
    assert timedelta() < status.now - child.saved_now < timedelta(minutes=5)
    assert child.sql("SELECT one FROM kept") == [(1,)]
    assert status.api_url == port


def test_what_is_under_way_goes_on_after_the_load(
    parent: Account, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A message that fails, and a webhook that nobody has taken."""
    parent.stripe().v1.webhook_endpoints.create(
        {"url": "http://127.0.0.1:9/nobody", "enabled_events": ["*"]}
    )
    parent.stripe().v1.customers.create({"name": "Waiting"})
    parent.aws("sqs").send_message(QueueUrl=_url("work"), MessageBody="this fails")
    file = tmp_path / "busy.sandbox"
    tmp_path.chmod(0o700)
    parent.sandbox.save(file, "acme")
    sandbox = Sandbox(tmp_path_factory.mktemp("busy"))
    try:
        sandbox.load(file)
        wait_for(lambda: logged(sandbox, "this fails"))
        assert sandbox.queue_depths()["work"] == 1
        events = stripe(sandbox).v1.events.list({"type": "customer.created"}).data
        assert events[0].pending_webhooks >= 1
    finally:
        sandbox.stop()
        parent.aws("sqs").purge_queue(QueueUrl=_url("work"))


def test_names_are_per_stack(tmp_path: Path) -> None:
    assert snapshots_of(tmp_path / "a").folder != snapshots_of(tmp_path / "b").folder
