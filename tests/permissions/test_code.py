"""The reader of calls follows a client wherever code takes it, or says that it cannot."""

from pathlib import Path

import pytest

from tests.permissions.clients import Calls, Unclear, action
from tests.permissions.code import Code

CLIENT = """
from functools import cache

@cache
def topic():
    import boto3
    return boto3.client("sns")
"""


@pytest.fixture
def code(tmp_path: Path):
    def write(**modules: str) -> Code:
        package = tmp_path / "handlers"
        package.mkdir()
        for name, text in modules.items():
            (package / f"{name}.py").write_text(text)
        return Code(package)

    return write


def actions(code: Code, entry: str = "handlers.job.handler") -> set[str]:
    return Calls(code, code.reachable([entry])).actions()


@pytest.mark.parametrize(
    "job",
    [
        "from handlers.client import topic\ndef handler(): topic().publish_batch(TopicArn='x')",
        "from handlers import client\ndef handler(): client.topic().publish()",
        "from handlers.client import topic\ndef handler():\n  sns = topic()\n  sns.publish()",
        "def handler():\n  import boto3\n  boto3.client('sns').publish()",
        (
            "from handlers.client import topic\ndef handler(): send(1, topic())\n"
            "def send(n, sns): sns.publish()"
        ),
        (
            "from handlers.client import topic\ndef handler(): send(topic())\n"
            "def send(sns): again(sns)\ndef again(client): client.publish()"
        ),
        (
            "from handlers.client import topic\nclass Sender:\n"
            "  def __init__(self, sns): self.sns = sns\n  def send(self): self.sns.publish()\n"
            "def handler(): Sender(topic()).send()"
        ),
        (
            "from handlers.client import topic\nclass Sender:\n"
            "  def send(self): topic().publish()\nSENDERS = [Sender]\n"
            "def handler(): SENDERS[0]().send()"
        ),
    ],
)
def test_a_call_is_found(code, job: str):
    assert actions(code(client=CLIENT, job=job)) == {"sns:Publish"}


def test_what_the_handler_does_not_reach_does_not_count(code):
    job = "from handlers.client import topic\ndef other(): topic().publish()\ndef handler(): ..."

    assert actions(code(client=CLIENT, job=job)) == set()


@pytest.mark.parametrize(
    ("handler", "found"), [("send()", set()), ("send(), again()", {"sns:Publish"})]
)
def test_a_cut_way_is_not_gone_and_another_is(code, handler: str, found: set[str]):
    job = (
        "from handlers.client import topic\ndef send(): topic().publish()\n"
        f"def again(): send()\ndef handler(): {handler}"
    )
    read = code(client=CLIENT, job=job)
    cut = {("handlers.job.handler", "handlers.job.send")}

    assert Calls(read, read.reachable(["handlers.job.handler"], cut)).actions() == found


@pytest.mark.parametrize(
    "body",
    [
        "print(topic())",
        "[topic()]",
        "getattr(topic(), 'publish')()",
        "topic().no_such_operation()",
        "topic().get_paginator(name)",
    ],
)
def test_a_client_that_cannot_be_followed_is_an_error(code, body: str):
    job = f"from handlers.client import topic\ndef handler(): {body}"

    with pytest.raises(Unclear):
        actions(code(client=CLIENT, job=job))


@pytest.mark.parametrize(
    ("service", "method", "permission"),
    [
        ("sesv2", "send_email", "ses:SendEmail"),
        ("lambda", "invoke", "lambda:InvokeFunction"),
        ("secretsmanager", "get_secret_value", "secretsmanager:GetSecretValue"),
        ("sqs", "send_message_batch", "sqs:SendMessage"),
        ("cognito-idp", "admin_create_user", "cognito-idp:AdminCreateUser"),
    ],
)
def test_a_method_needs_its_permission(service: str, method: str, permission: str):
    assert action(service, method) == permission
