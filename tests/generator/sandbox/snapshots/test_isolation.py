"""A fork and its parent: whatever happens in one of them is not found in the other."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stripe import StripeClient

from saasgen.sandbox.control.client import Sandbox
from saasgen.sandbox.stripe.account import API_KEY
from tests.generator.sandbox.small_stack import client, state

SENDER = "billing@example.com"


class Side:
    """One of the two sandboxes: leaves a mark in a service, and finds all marks there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.secrets, self.sqs = client(sandbox, "secretsmanager"), client(sandbox, "sqs")
        self.ses = client(sandbox, "sesv2")
        status = sandbox.status()
        self.stripe = StripeClient(API_KEY, base_addresses={"api": str(status.stripe)})
        assert status.database is not None
        self.sql = psycopg.connect(status.database.superuser_dsn, autocommit=True)

    def mark(self, service: str, name: str) -> None:
        marks: dict[str, Callable[[], Any]] = {
            "aws": lambda: self.secrets.create_secret(Name=name, SecretString=name),
            "queue": lambda: self.sqs.send_message(QueueUrl=self._inbox(), MessageBody=name),
            "sql": lambda: self.sql.execute("INSERT INTO marks VALUES (%s)", [name]),
            "mail": partial(self._send, name),
            "stripe": lambda: self.stripe.v1.customers.create({"name": name}),
        }
        marks[service]()

    def found(self) -> set[tuple[str, str]]:
        listed = self.secrets.list_secrets(MaxResults=100)["SecretList"]
        customers = self.stripe.v1.customers.list({"limit": 100}).data
        rows = self.sql.execute("SELECT name FROM marks").fetchall()
        return {
            *(("aws", secret["Name"]) for secret in listed if secret["Name"] != "stripe"),
            *(("queue", body) for body in self._bodies()),
            *(("sql", name) for (name,) in rows),
            *(("mail", mail.subject) for mail in self.sandbox.mail()),
            *(("stripe", str(customer.name)) for customer in customers),
        }

    def _inbox(self) -> str:
        return str(self.sqs.get_queue_url(QueueName="inbox")["QueueUrl"])

    def _bodies(self) -> Iterator[str]:
        """Every message that waits; each stays where it is for the next time."""
        seen: set[str] = set()
        while True:
            asked = {"QueueUrl": self._inbox(), "VisibilityTimeout": 1}
            got = self.sqs.receive_message(**asked, MaxNumberOfMessages=10).get("Messages", [])
            fresh = {m["MessageId"]: m["Body"] for m in got if m["MessageId"] not in seen}
            if not fresh:
                break
            seen |= fresh.keys()
            yield from fresh.values()
        for message in got:
            self.sqs.change_message_visibility(
                QueueUrl=self._inbox(),
                ReceiptHandle=message["ReceiptHandle"],
                VisibilityTimeout=0,
            )

    def _send(self, name: str) -> None:
        self.ses.send_email(
            FromEmailAddress=SENDER,
            Destination={"ToAddresses": ["ada@example.com"]},
            Content={"Simple": {"Subject": {"Data": name}, "Body": {"Text": {"Data": name}}}},
        )


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Side]]:
    folder = tmp_path_factory.mktemp("stack")
    parent, child = Sandbox(folder), Sandbox(folder, "child")
    try:
        parent.start()
        sqs = client(parent, "sqs")
        sqs.create_queue(QueueName="work")
        sqs.create_queue(QueueName="inbox")
        client(parent, "sesv2").create_email_identity(EmailIdentity=SENDER)
        secret = client(parent, "secretsmanager").create_secret(Name="stripe")["ARN"]
        parent.serve(state(folder, STRIPE_SECRET_ARN=secret))
        one = Side(parent)
        one.sql.execute("CREATE TABLE marks (name text)")
        one.mark("aws", "before")
        one.sql.close()
        file = folder / "fork.sandbox"
        folder.chmod(0o700)
        parent.save(file, "acme")
        child.load(file)
        made = {"parent": Side(parent), "child": Side(child)}
        yield made
        for side in made.values():
            side.sql.close()
    finally:
        parent.stop()
        child.stop()


actions = st.tuples(
    st.sampled_from(["parent", "child"]), st.sampled_from(["aws", "sql", "mail", "stripe"])
)


@given(done=st.lists(actions, min_size=1, max_size=12))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_neither_finds_what_happened_in_the_other(
    sides: dict[str, Side], done: list[tuple[str, str]]
) -> None:
    before = {side: sides[side].found() for side in sides}
    expected = {side: set(found) for side, found in before.items()}
    for number, (side, service) in enumerate(done):
        name = f"{side}-{len(before[side])}-{number}"
        sides[side].mark(service, name)
        expected[side].add((service, name))
    assert {side: sides[side].found() for side in sides} == expected


def test_messages_reach_their_own_side_alone(sides: dict[str, Side]) -> None:
    sides["child"].mark("queue", "for the child")
    sides["parent"].mark("queue", "for the parent")
    assert ("queue", "for the child") in sides["child"].found()
    parents = sides["parent"].found()
    assert ("queue", "for the parent") in parents
    assert ("queue", "for the child") not in parents


def test_two_sandboxes_of_a_stack_keep_their_files_apart(
    sides: dict[str, Side], tmp_path: Path
) -> None:
    environments = [side.sandbox.environment() for side in sides.values()]
    assert len({environment["TF_DATA_DIR"] for environment in environments}) == 2
    assert len({environment["AWS_ENDPOINT_URL"] for environment in environments}) == 2
