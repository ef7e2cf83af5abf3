"""The instructions for restoring name commands and options that the AWS CLI has."""

import re
import shlex

import botocore.session
import pytest
from botocore import xform_name

from tests.support import REPOSITORY

README = (REPOSITORY / "template/README.md.jinja").read_text("utf-8")
COMMANDS = re.findall(r"^aws (.+)$", README.replace("\\\n", " "), re.MULTILINE)


def test_there_are_instructions():
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_the_options_it_is_given(command: str):
    service, operation, *words = shlex.split(re.sub(r"{{.+?}}", "acme", command))
    client = botocore.session.get_session().create_client(
        service, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    if operation == "wait":
        waiter = client.get_waiter(words.pop(0).replace("-", "_"))
        operation = xform_name(waiter.config.operation, "-")
    shape = client.meta.service_model.operation_model(_operation(client, operation)).input_shape
    options = {f"--{xform_name(name, '-')}": name for name in shape.members}
    given = [word for word in words if word.startswith("--")]

    assert set(given) <= set(options)
    assert set(shape.required_members) <= {options[option] for option in given}


def _operation(client, name: str) -> str:
    return next(
        known
        for known in client.meta.service_model.operation_names
        if xform_name(known, "-") == name
    )
