import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

from saasgen.sandbox.aws.invocations import handle_with
from tests.generator.sandbox.conftest import Aws

LOGGING = {"LogFormat": "JSON", "LogGroup": "/aws/lambda/f", "ApplicationLogLevel": "INFO"}


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("app.py", "def handler(event, context): return event")
    return content.getvalue()


def function(aws: Aws, **settings: Any) -> Any:
    """A client of an account with one function `f` and its alias `live`."""
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}
    role = aws("iam").create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    client = aws("lambda")
    made = client.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role["Role"]["Arn"],
        Handler="app.handler",
        Code={"ZipFile": archive()},
        Publish=True,
        **settings,
    )
    client.create_alias(FunctionName="f", Name="live", FunctionVersion=made["Version"])
    return client


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}),
        ("LoggingConfig", LOGGING),
    ],
)
def test_setting_of_a_function_is_reported(aws: Aws, setting: str, value: dict[str, str]) -> None:
    client = function(aws, **{setting: value})
    assert client.get_function_configuration(FunctionName="f")[setting] == value


def test_function_without_logging_settings_reports_the_defaults(aws: Aws) -> None:
    found = function(aws).get_function_configuration(FunctionName="f")["LoggingConfig"]
    assert found == {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}


def test_update_of_tracing_logging_and_storage_shows(aws: Aws) -> None:
    client = function(aws)
    client.update_function_configuration(
        FunctionName="f",
        TracingConfig={"Mode": "Active"},
        LoggingConfig=LOGGING,
        EphemeralStorage={"Size": 1024},
    )
    found = client.get_function_configuration(FunctionName="f")
    assert found["TracingConfig"]["Mode"] == "Active"
    assert found["LoggingConfig"] == LOGGING
    assert found["EphemeralStorage"]["Size"] == 1024


def test_mapping_reports_the_alias_it_was_made_for(aws: Aws) -> None:
    aws("sqs").create_queue(QueueName="q")
    client = function(aws)
    alias = client.get_alias(FunctionName="f", Name="live")["AliasArn"]
    made = client.create_event_source_mapping(
        EventSourceArn=aws.arn("sqs", "q"), FunctionName=alias, BatchSize=5
    )
    assert client.get_event_source_mapping(UUID=made["UUID"])["FunctionArn"] == alias


def test_provisioned_concurrency_is_ready_until_deleted(aws: Aws) -> None:
    client = function(aws)
    named = {"FunctionName": "f", "Qualifier": "live"}
    client.put_provisioned_concurrency_config(**named, ProvisionedConcurrentExecutions=2)
    found = client.get_provisioned_concurrency_config(**named)
    assert (found["Status"], found["AllocatedProvisionedConcurrentExecutions"]) == ("READY", 2)
    client.delete_provisioned_concurrency_config(**named)
    with pytest.raises(client.exceptions.ProvisionedConcurrencyConfigNotFoundException):
        client.get_provisioned_concurrency_config(**named)


class Invoker:
    def __init__(self, error: str | None = None) -> None:
        self.error = error
        self.calls: list[tuple[str, str, Any]] = []
        self.traces: list[str | None] = []

    def request(
        self, function_arn: str, event: Any, trace_header: str | None = None
    ) -> tuple[str, str | None, str]:
        self.calls.append(("request", function_arn, event))
        self.traces.append(trace_header)
        return json.dumps({"seen": event}), self.error, "log"

    def event(self, function_arn: str, event: Any, trace_header: str | None) -> None:
        self.calls.append(("event", function_arn, event))
        self.traces.append(trace_header)


def test_invoke_runs_the_function_behind_the_alias(aws: Aws) -> None:
    handle_with(invoker := Invoker())
    client = function(aws)
    answer = client.invoke(FunctionName="f", Qualifier="live", Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {"seen": {"a": 1}}
    assert "FunctionError" not in answer
    assert invoker.calls == [("request", aws.arn("lambda", "function:f:live"), {"a": 1})]


def test_invoke_by_arn_and_qualifier_in_the_name(aws: Aws) -> None:
    handle_with(invoker := Invoker())
    client = function(aws)
    alias = aws.arn("lambda", "function:f:live")
    client.invoke(FunctionName=alias)
    client.invoke(FunctionName="f:live")
    assert [arn for _, arn, _ in invoker.calls] == [alias, alias]


def test_failed_invocation_says_so(aws: Aws) -> None:
    handle_with(Invoker(error="Unhandled"))
    answer = function(aws).invoke(FunctionName="f", Payload=b"{}")
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")


def test_event_invocation_is_accepted_and_answers_nothing(aws: Aws) -> None:
    handle_with(invoker := Invoker())
    answer = function(aws).invoke(FunctionName="f", InvocationType="Event", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""
    assert invoker.calls[0][0] == "event"


@pytest.mark.parametrize("kind", ["Event", "RequestResponse"])
def test_invocation_carries_the_trace_of_its_caller(aws: Aws, kind: str) -> None:
    handle_with(invoker := Invoker())
    client = function(aws)

    def trace(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amzn-Trace-Id"] = "Root=1-2-3;Sampled=1"

    client.meta.events.register("before-call.lambda.Invoke", trace)
    client.invoke(FunctionName="f", InvocationType=kind)
    assert invoker.traces == ["Root=1-2-3;Sampled=1"]


def test_unknown_function_is_not_found(aws: Aws) -> None:
    handle_with(Invoker())
    with pytest.raises(ClientError, match="ResourceNotFound"):
        aws("lambda").invoke(FunctionName="nobody")
