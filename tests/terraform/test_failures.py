"""What fails is kept, somebody is told, and the log says why for as long as it must."""

import json

from tests.terraform.applied import Resource, Resources, listed, of_type, statements


def test_every_queue_where_work_ends_has_an_alarm_that_tells_somebody(resources: Resources) -> None:
    """A queue that hands on nothing is where work ends: a dead-letter queue by any name."""
    ends = {queue["name"] for queue in of_type(resources, "aws_sqs_queue") if not _receives(queue)}
    watched = {
        alarm["dimensions"]["QueueName"]
        for alarm in of_type(resources, "aws_cloudwatch_metric_alarm")
        if (alarm["dimensions"] or {}).get("QueueName")
        and alarm["metric_name"] == "ApproximateNumberOfMessagesVisible"
        and alarm["threshold"] == 0
        and alarm["alarm_actions"]
    }

    assert len(ends) > 3
    assert ends - watched == set()


def test_every_alarm_tells_somebody_itself_or_as_part_of_another(resources: Resources) -> None:
    composite = of_type(resources, "aws_cloudwatch_composite_alarm")
    rules = " ".join(alarm["alarm_rule"] for alarm in composite)
    alarms = of_type(resources, "aws_cloudwatch_metric_alarm")

    assert alarms
    assert [
        alarm["alarm_name"]
        for alarm in [*alarms, *composite]
        if not alarm["alarm_actions"] and f'"{alarm["alarm_name"]}"' not in rules
    ] == []


def test_every_queue_hands_on_what_its_consumer_cannot_process(resources: Resources) -> None:
    consumed = {m.key for m in of_type(resources, "aws_lambda_event_source_mapping")}
    handing_on = {
        queue.key for queue in of_type(resources, "aws_sqs_queue") if _receives(queue) > 1
    }

    assert consumed
    assert consumed <= handing_on


def _receives(queue: Resource) -> int:
    """How often a message is tried before it is handed on; 0 where it never is."""
    given = queue["redrive_policy"] or ""  # the mocked provider makes one up where there is none
    return int(json.loads(given)["maxReceiveCount"]) if given.startswith("{") else 0


def test_every_function_that_nobody_waits_for_has_a_failure_destination(
    resources: Resources,
) -> None:
    scheduled = {s.key for s in of_type(resources, "aws_scheduler_schedule")}
    kept = {
        config.key
        for config in of_type(resources, "aws_lambda_function_event_invoke_config")
        if config["destination_config"][0]["on_failure"][0]["destination"]
    }

    assert scheduled
    assert (scheduled | _nudged(resources)) - kept == set()


def _nudged(resources: Resources) -> set[str]:
    """Functions that other functions start without waiting for them, by key."""
    names = {f["function_name"]: f.key for f in of_type(resources, "aws_lambda_function")}
    roles = [r for r in of_type(resources, "aws_iam_role_policy") if r.key in names.values()]
    nudged = {
        names[resource.split(":")[6]]
        for _, statement in statements(roles)
        if "lambda:InvokeFunction" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert "outbox_relay" in nudged
    return {str(key) for key in nudged}


def test_every_log_ends(resources: Resources) -> None:
    groups = of_type(resources, "aws_cloudwatch_log_group")

    assert groups
    assert [group["name"] for group in groups if not group["retention_in_days"]] == []


def test_every_function_writes_a_log_that_ends(resources: Resources) -> None:
    """A function without a group of its own would make one for ever."""
    groups = {group["name"] for group in of_type(resources, "aws_cloudwatch_log_group")}

    for function in of_type(resources, "aws_lambda_function"):
        assert function["logging_config"][0]["log_group"] in groups, function["function_name"]
