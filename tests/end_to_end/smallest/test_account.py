"""What Terraform made of the smallest stack: a clean plan proves nothing, the account is asked."""

import json
from typing import Any

import pytest

from tests.end_to_end.conftest import as_json, saasgen
from tests.end_to_end.smallest.conftest import Live


def test_the_demo_tours_the_stack_and_says_where_it_is(live: Live):
    result = as_json(live.toured)

    assert result["steps"] == 20
    assert result["api_url"].startswith("http://127.0.0.1:")
    assert "terraform apply" in result["seconds"]
    # the token is good in a copy, too, and the invoices of the tour are there
    assert live.call("GET", "/v1/invoices", result["token"]).json()["items"]


def test_a_second_plan_right_after_the_apply_is_empty(live: Live):
    planned = saasgen("plan", live.path, "--sandbox", "--json")

    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert as_json(planned)["changes"] == []


class TestWhatTerraformMade:
    """A clean plan proves nothing about an imported API: the account itself is asked."""

    @pytest.fixture
    def methods(self, live: Live) -> dict[str, dict[str, Any]]:
        gateway = live.aws("apigateway")
        api = gateway.get_rest_apis()["items"][0]["id"]
        items = gateway.get_resources(restApiId=api, embed=["methods"], limit=500)["items"]
        return {
            f"{verb} {item['path']}": method
            for item in items
            for verb, method in item.get("resourceMethods", {}).items()
        }

    def test_every_route_is_guarded_but_the_public_ones(self, methods: dict[str, Any]):
        public = {
            route
            for route, method in methods.items()
            if method["authorizationType"] == "NONE" and not route.startswith("OPTIONS")
        }
        assert public == {
            "GET /v1/health",
            "GET /v1/subscription-tiers",
            "POST /v1/admin/invitations/accept",
            "POST /v1/webhooks/stripe",
        }

        guarded = [m for m in methods.values() if m["authorizationType"] == "COGNITO_USER_POOLS"]
        assert len(guarded) >= 10
        assert all(method["authorizerId"] for method in guarded)
        assert all(method["authorizationScopes"] for method in guarded)

    def test_every_route_with_a_body_validates_it(self, methods: dict[str, Any]):
        with_body = [m for m in methods.values() if m.get("requestModels")]

        assert with_body
        assert all(method["requestValidatorId"] for method in with_body)

    def test_each_subscription_has_the_filter_of_its_consumer(self, live: Live):
        sns = live.aws("sns")
        filters = {}
        for found in sns.list_subscriptions()["Subscriptions"]:
            given = sns.get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])
            queue = found["Endpoint"].rpartition(":")[2]
            attributes = given["Attributes"]
            filters[queue] = json.loads(attributes.get("FilterPolicy") or "{}")
            assert attributes["RawMessageDelivery"] == "true"

        assert filters["acme-dev-generate-invoice"] == {"eventType": ["subscription.created"]}
        assert "invoice.finalized" in filters["acme-dev-send-notification"]["eventType"]
        assert filters["acme-dev-write-audit"] == {}
        assert "acme-dev-record-usage" not in filters

    @pytest.mark.parametrize(
        ("queue", "retries", "visibility_s"),
        [("generate-invoice", 5, 180), ("send-notification", 3, 90), ("write-audit", 5, 90)],
    )
    def test_queues_have_the_retries_and_timeouts_of_their_consumer(
        self, live: Live, queue: str, retries: int, visibility_s: int
    ):
        sqs = live.aws("sqs")
        url = sqs.get_queue_url(QueueName=f"acme-dev-{queue}")["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        redrive = json.loads(attributes["RedrivePolicy"])

        assert int(redrive["maxReceiveCount"]) == retries
        assert redrive["deadLetterTargetArn"].endswith(f"acme-dev-{queue}-dlq")
        assert int(attributes["VisibilityTimeout"]) == visibility_s

    def test_the_database_forces_tls_and_takes_iam_logins(self, live: Live):
        rds = live.aws("rds")
        cluster = rds.describe_db_clusters()["DBClusters"][0]
        group = cluster["DBClusterParameterGroup"]
        found = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=group)
        parameters = {p["ParameterName"]: p["ParameterValue"] for p in found["Parameters"]}

        assert cluster["StorageEncrypted"]
        assert cluster["IAMDatabaseAuthenticationEnabled"]
        assert parameters["rds.force_ssl"] == "1"

    def test_every_dead_letter_queue_has_an_alarm(self, live: Live):
        alarms = live.aws("cloudwatch").describe_alarms()["MetricAlarms"]
        watched = {d["Value"] for a in alarms for d in a["Dimensions"] if d["Name"] == "QueueName"}

        for consumer in ("generate-invoice", "send-notification", "write-audit"):
            assert f"acme-dev-{consumer}-dlq" in watched

    def test_every_alarm_tells_the_topic_of_its_severity(self, live: Live):
        found = live.aws("cloudwatch").describe_alarms()
        topics = {t["TopicArn"] for t in live.aws("sns").list_topics()["Topics"]}
        alarms = found["MetricAlarms"] + found["CompositeAlarms"]
        told = {alarm["AlarmName"]: alarm["AlarmActions"] for alarm in alarms}

        assert {topic for actions in told.values() for topic in actions} <= topics
        severities = {
            name: [topic.rpartition("-")[2] for topic in actions] for name, actions in told.items()
        }
        for name, severity in {
            "acme-dev-tenants-error-rate": "critical",
            "acme-dev-api-server-errors": "critical",
            "acme-dev-slow-by-database": "critical",
            "acme-dev-tenants-throttles": "warning",
            "acme-dev-api-latency-anomaly": "warning",
            "acme-dev-writer-cpu": "warning",
            "acme-dev-writer-connections": "warning",
            "acme-dev-writer-local-storage": "info",
            "acme-dev-write-audit-dlq-not-empty": "info",
            "acme-dev-schedules-dlq-not-empty": "info",
            "acme-dev-failed-invocations-not-empty": "info",
        }.items():
            assert severities[name] == [severity], name

    def test_alerts_are_encrypted_with_a_key_that_cloudwatch_may_use(self, live: Live):
        topics = live.aws("sns").list_topics()["Topics"]
        alerts = [t["TopicArn"] for t in topics if "-alerts-" in t["TopicArn"]]
        attributes = [
            live.aws("sns").get_topic_attributes(TopicArn=arn)["Attributes"] for arn in alerts
        ]
        [key] = {a["KmsMasterKeyId"] for a in attributes}
        policy = live.aws("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]

        assert len(alerts) == 3
        assert "cloudwatch.amazonaws.com" in policy
        assert all("aws:SecureTransport" in a["Policy"] for a in attributes)

    def test_the_dashboard_has_its_five_rows(self, live: Live):
        cloudwatch = live.aws("cloudwatch")
        body = cloudwatch.get_dashboard(DashboardName="acme-dev-operations")["DashboardBody"]
        widgets = json.loads(body)["widgets"]

        rows = [w["properties"]["markdown"] for w in widgets if w["type"] == "text"]
        assert rows == [
            "## API",
            "## Functions",
            "## Business",
            "## Events and queues",
            "## Database",
        ]

    def test_every_function_s_errors_are_counted(self, live: Live):
        logs = live.aws("logs")
        counted = {f["logGroupName"] for f in logs.describe_metric_filters()["metricFilters"]}
        groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]

        assert counted == {group["logGroupName"] for group in groups}


def test_the_stack_traces_its_own_api_and_lets_its_topic_write(live: Live):
    xray = live.aws("xray")
    [rule] = [r["SamplingRule"] for r in xray.get_sampling_rules()["SamplingRuleRecords"]]
    [policy] = xray.list_resource_policies()["ResourcePolicies"]
    api = live.aws("apigateway").get_rest_apis()["items"][0]
    [stage] = live.aws("apigateway").get_stages(restApiId=api["id"])["item"]

    assert rule["ServiceName"] == f"{api['name']}/{stage['stageName']}"
    assert (rule["FixedRate"], rule["ReservoirSize"]) == (1.0, 0)
    assert stage["tracingEnabled"]
    assert policy["PolicyName"] == "acme-dev-event-topics"
