"""Logs and metrics: the fields and names that queries and alarms rely on."""

import json
import re

from handlers.platform.base import telemetry


def test_a_line_has_the_fields_queries_ask_for(context, log_lines):
    telemetry.begin(context, tenantId="t1", userId=None)
    telemetry.log.info("Subscription created", subscriptionId="s1")
    [line] = log_lines()
    assert list(line)[:3] == ["timestamp", "level", "message"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["timestamp"])
    assert line["functionName"] == "acme-dev-tests"
    assert line["requestId"] == "test-request"
    assert line["tenantId"] == "t1"
    assert line["subscriptionId"] == "s1"
    assert "userId" not in line


def test_nothing_of_the_invocation_before_survives(context, log_lines):
    telemetry.begin(context, tenantId="t1")
    telemetry.bind(userId="u1")
    telemetry.begin(context)
    telemetry.log.info("next")
    assert not {"tenantId", "userId"} & set(log_lines()[0])


def test_metrics_leave_in_the_embedded_format(capsys):
    telemetry.count("subscription_count", planTier="professional")
    telemetry.record("invoice_amount", 4999)
    telemetry.duration("invoice_generation_time", 12.5)
    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    [metrics] = first["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == "acme-dev"
    assert metrics["Metrics"][0]["Unit"] == "Count"
    assert first["planTier"] == "professional"
    assert second["invoice_amount"] == [4999.0]
    assert third["invoice_generation_time"] == [12.5]
    assert third["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Milliseconds"


def test_a_line_has_the_trace_of_its_invocation(context, log_lines, monkeypatch):
    root = "1-5759e988-bd862e3fe1be46a994272793"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1")
    telemetry.begin(context)
    telemetry.log.error("request failed")
    assert log_lines()[0]["xray_trace_id"] == root
