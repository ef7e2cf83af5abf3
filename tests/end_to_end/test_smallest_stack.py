"""The smallest stack, whole: what `make demo` brought up is used, broken, and taken down."""

import json
import secrets
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, LiteralString

import psycopg
import pytest
import requests

from generator.sandbox.users import Users
from tests.end_to_end.conftest import Live, as_json, resources_left, saasgen


def test_the_demo_tours_the_stack_and_says_where_it_is(live: Live):
    result = as_json(live.demo)

    assert result["steps"] == 20
    assert result["api_url"].startswith("http://127.0.0.1:")
    assert "terraform apply" in result["seconds"]
    given = {"Authorization": f"Bearer {result['token']}"}
    invoices = requests.get(f"{result['api_url']}/v1/invoices", headers=given, timeout=30)
    assert invoices.json()["items"]


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


class TestTheApi:
    def test_a_request_without_a_token_gets_401(self, live: Live):
        answer = live.call("GET", "/v1/invoices")

        assert answer.status_code == 401
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["status"] == 401

    @pytest.mark.parametrize("token", ["nonsense", "a.b.c", ""])
    def test_a_token_that_cognito_did_not_sign_gets_401(self, live: Live, token: str):
        answer = live.call("GET", "/v1/invoices", headers={"Authorization": f"Bearer {token}"})

        assert answer.status_code == 401

    def test_a_token_with_another_signature_gets_401(self, live: Live):
        header, payload, signature = live.token().split(".")
        forged = ".".join([header, payload, signature[::-1]])

        assert live.call("GET", "/v1/invoices", forged).status_code == 401

    def test_a_wrong_role_gets_403(self, live: Live):
        tenant, _ = live.new_tenant("Wrongrole")
        users = Users(live.sandbox)
        users.create("clerk@wrongrole.example.com", tenant["tenantId"], "user")
        clerk = users.sign_in("clerk@wrongrole.example.com")

        body = {"tierId": "INDIVIDUAL"}
        assert live.call("POST", "/v1/subscriptions", clerk, json=body).status_code == 403

    def test_another_tenants_id_answers_404_like_an_unknown_one(self, live: Live):
        one, _ = live.new_tenant("Oneco")
        _, token_of_two = live.new_tenant("Twoco")

        other = live.call("GET", f"/v1/tenants/{one['tenantId']}", token_of_two)
        unknown = live.call("GET", "/v1/tenants/00000000-0000-7000-8000-000000000000", token_of_two)

        assert other.status_code == unknown.status_code == 404
        words = [{**a.json(), "requestId": None} for a in (other, unknown)]
        assert words[0] == words[1]

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ('{"name": ', 400),
            ('{"name": "A", "email": "a@a.example", "colour": "red"}', 400),
            ('{"name": 7, "email": "a@a.example"}', 400),
            ("[]", 400),
        ],
    )
    def test_a_broken_body_gets_a_clear_problem(self, live: Live, body: str, status: int):
        answer = live.call(
            *("POST", "/v1/tenants", live.token()),
            data=body,
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code == status, answer.text
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.json()["detail"]

    def test_too_large_a_body_gets_413(self, live: Live):
        answer = live.call(
            *("POST", "/v1/tenants", live.token()),
            data=json.dumps({"name": "A" * 2_000_000, "email": "a@a.example"}),
            headers={"Content-Type": "application/json"},
        )

        assert answer.status_code in {400, 413}, answer.text

    def test_an_unknown_route_gets_404_in_our_format(self, live: Live):
        answer = live.call("GET", "/v1/nothing-here", live.token())

        assert answer.status_code == 404, answer.text
        assert answer.json()["status"] == 404

    def test_a_route_is_throttled_at_its_own_rate(self, live: Live):
        """10 requests a second and a burst of 20, for the tenants routes; counted before anything.

        Without a token no function is called: these answers come faster than ten a second on any
        machine.
        """
        with ThreadPoolExecutor(16) as callers:
            calls = [callers.submit(live.call, "GET", "/v1/tenants") for _ in range(200)]
        answers = [call.result() for call in calls]
        refused = [answer for answer in answers if answer.status_code == 429]

        assert {answer.status_code for answer in answers} == {401, 429}
        assert len(answers) - len(refused) >= 20, "the burst"
        assert refused[0].headers["Retry-After"]
        assert refused[0].json()["status"] == 429


def test_an_event_fans_out_to_one_invoice_one_mail_and_the_audit_trail(live: Live):
    tenant, token = live.new_tenant("Fanout")
    body = {"tierId": "INDIVIDUAL", "billingCycle": "annual"}

    made = live.call("POST", "/v1/subscriptions", token, json=body)
    assert made.status_code == 201, made.text
    live.sandbox.wait_idle(60)
    invoices = _until(lambda: live.call("GET", "/v1/invoices", token).json()["items"])
    _until(lambda: _invoice_mails(live, tenant["email"]))
    live.sandbox.wait_idle(60)

    assert [i["totalMinor"] for i in invoices] == [29000]
    assert invoices[0]["number"] == 1
    assert len(_invoice_mails(live, tenant["email"])) == 1


def test_one_trace_is_found_in_the_lines_of_all_it_led_to(live: Live):
    """What the saved query asks for: the API function, the relay, every consumer."""
    _, token = live.new_tenant("Traced")
    root = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"

    made = live.call(
        *("POST", "/v1/subscriptions", token),
        json={"tierId": "INDIVIDUAL"},
        headers={"X-Amzn-Trace-Id": f"Root={root}"},
    )
    assert made.status_code == 201, made.text
    live.sandbox.wait_idle(60)

    def told(function: str) -> set[str]:
        lines = (line for line in live.sandbox.logs(f"acme-dev-{function}") if root in line)
        found = [json.loads(line) for line in lines]
        return {
            line["message"]
            for line in found
            if root in (line["xray_trace_id"], line.get("originTraceId"))
        }

    assert "Request completed" in told("subscriptions")
    assert "event published" in told("outbox-relay")
    assert "event handled" in _until(lambda: told("generate-invoice"))
    # invoice.finalized follows from the event, and belongs to the same trace
    for consumer, events in {"send-notification": 2, "write-audit": 3}.items():
        lines = _until(
            lambda consumer=consumer, events=events: _lines_of_events(live, consumer, root, events)
        )
        assert {"subscription.created", "invoice.finalized"} <= {x["eventType"] for x in lines}


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


def test_a_message_no_consumer_can_process_ends_in_its_dead_letter_queue_with_the_reason(
    live: Live,
):
    sqs = live.aws("sqs")
    url = sqs.get_queue_url(QueueName="acme-dev-write-audit")["QueueUrl"]
    dead = sqs.get_queue_url(QueueName="acme-dev-write-audit-dlq")["QueueUrl"]

    sqs.send_message(QueueUrl=url, MessageBody="this is no event")
    received = _until(
        lambda: sqs.receive_message(
            QueueUrl=dead, MessageSystemAttributeNames=["All"], VisibilityTimeout=1
        ).get("Messages")
    )

    assert received[0]["Body"] == "this is no event"
    # `timeout` and prose do not help who is on call; the log says which message and why.
    lines = list(live.sandbox.logs("acme-dev-write-audit"))
    assert any(received[0]["MessageId"] in line for line in lines)
    sqs.purge_queue(QueueUrl=dead)


def test_what_died_is_explained_and_replayed_to_the_consumer_that_failed(live: Live):
    live.sandbox.wait_idle(60)
    _in_database(live, "REVOKE INSERT ON audit_entries FROM app")
    tenant, _ = live.new_tenant("Redriven")
    _until(lambda: _dead(live, "write-audit") == 2)

    looked = saasgen("redrive", "write_audit", live.path, "--sandbox", "--dry-run", "--json")

    assert looked.returncode == 2, looked.stderr
    dead = {message["eventType"]: message for message in as_json(looked)["messages"]}
    assert len(dead) == 2, "that a tenant was made, and that the operator did it"
    assert dead["tenant.created"]["tenantId"] == tenant["tenantId"]
    for found in dead.values():
        assert found["attempts"] == 5
        assert found["reason"] == "InsufficientPrivilege: permission denied for table audit_entries"
    assert _dead(live, "write-audit") == 2

    _in_database(live, "GRANT INSERT ON audit_entries TO app")
    replayed = saasgen("redrive", "write_audit", live.path, "--sandbox")
    again = saasgen("redrive", "write_audit", live.path, "--sandbox", "--json")
    live.sandbox.wait_idle(60)

    assert replayed.returncode == 0, replayed.stderr
    assert "write_audit: replayed 2, left 0." in replayed.stderr
    assert again.returncode == 0, again.stderr
    assert as_json(again)["messages"] == []
    entries = "SELECT count(*) FROM audit_entries WHERE event_id = %s"
    for found in dead.values():
        assert _in_database(live, entries, found["eventId"]) == (1,)
    # the consumers that had dealt with it were not told again
    assert len([m for m in live.sandbox.mail() if tenant["email"] in m.to]) == 1


def test_the_sandbox_tells_what_runs(live: Live):
    found = as_json(saasgen("sandbox", "status", live.path, "--json"))

    names = {function["name"] for function in found["functions"]}
    assert {"acme-dev-tenants", "acme-dev-generate-invoice", "acme-dev-pre-token"} <= names
    schedules = {s["name"]: s for s in found["schedules"]}
    assert schedules["acme-dev-outbox-relay"]["expression"] == "cron(0 * * * ? *)"


def test_mail_can_be_read(live: Live):
    messages = json.loads(saasgen("sandbox", "mail", live.path, "--json").stdout)

    assert any("admin@acme.example.com" in message["to"] for message in messages)


def test_a_printed_token_works_with_curl(live: Live):
    token = saasgen("sandbox", "token", live.path).stdout.strip()

    assert live.call("GET", "/v1/tenants", token).status_code == 200


def test_a_machine_calls_for_its_tenant_until_it_is_revoked(live: Live):
    admin = live.token()
    output = saasgen("output", live.path, "--sandbox", "--name", "operator_tenant_id")
    own = f"/v1/tenants/{output.stdout.strip()}"
    meter = {"name": "Meter", "scopes": ["tenants.read"]}
    client = live.call("POST", "/v1/admin/clients", admin, json=meter).json()
    path = f"/v1/admin/clients/{client['machineClientId']}"
    secret = live.call("GET", f"{path}/secret", admin).json()["clientSecret"]

    def signed_in() -> dict[str, Any]:
        url = str(live.sandbox.status().token_url)
        form = {"grant_type": "client_credentials", "scope": "billing/tenants.read"}
        asked = requests.post(url, form, auth=(client["clientId"], secret), timeout=60)
        return dict(asked.json())

    token = signed_in()["access_token"]
    assert live.call("GET", own, token).status_code == 200
    # the gateway knows the scopes of a route, too
    assert live.call("GET", "/v1/invoices", token).status_code == 403
    assert live.call("GET", "/v1/admin/clients", token).status_code == 403

    assert live.call("DELETE", path, admin).status_code == 200
    assert live.call("GET", own, token).status_code in (401, 403)
    live.sandbox.wait_idle(60)
    assert signed_in()["error"] == "invalid_client"


def test_outputs_can_be_read_one_by_one(live: Live):
    everything = as_json(saasgen("output", live.path, "--sandbox", "--json"))
    one = saasgen("output", live.path, "--sandbox", "--name", "user_pool_id")

    assert one.stdout.strip() == everything["user_pool_id"]
    wrong = saasgen("output", live.path, "--sandbox", "--name", "nope")
    assert wrong.returncode == 1
    assert "There is no output 'nope'" in wrong.stderr


def test_migrating_again_changes_nothing(live: Live):
    report = as_json(saasgen("migrate", live.path, "--sandbox", "--json"))

    assert report["applied"] == []
    assert report["level"] >= 7


def test_a_port_in_use_is_named(live: Live, tmp_path):
    new = saasgen("new", str(tmp_path / "other"), "--defaults")
    assert new.returncode == 0, new.stderr
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        up = saasgen("sandbox", "up", str(tmp_path / "other"), "--port", port)

    assert up.returncode == 1, up.stderr
    assert port in up.stderr
    assert "Traceback" not in up.stderr


def test_without_credentials_plan_says_what_to_do(live: Live):
    planned = saasgen("plan", live.path)

    assert planned.returncode == 1
    assert "There are no AWS credentials" in planned.stderr


def test_moving_up_a_tier_adds_zones_and_readers_and_keeps_the_data(live: Live):
    tenant, _ = live.new_tenant("Growing")

    up = saasgen("sandbox", "up", live.path, "--tier", "scale", "--json")

    assert up.returncode == 0, up.stderr[-4000:]
    cluster = live.aws("rds").describe_db_clusters()["DBClusters"][0]
    assert len(cluster["DBClusterMembers"]) == 3
    found = live.call("GET", f"/v1/tenants/{tenant['tenantId']}", live.token())
    assert found.json()["name"] == "Growing"
    planned = saasgen("plan", live.path, "--sandbox", "--tier", "scale", "--json")
    assert planned.returncode == 0, planned.stdout


def test_destroy_wants_the_stacks_name(live: Live):
    refused = saasgen("destroy", live.path, "--sandbox", "--confirm", "wrong")

    assert refused.returncode == 1
    assert "nothing was destroyed" in refused.stderr


def test_destroy_leaves_nothing(live: Live):
    destroyed = saasgen("destroy", live.path, "--sandbox", "--confirm", "acme", "--json")

    assert destroyed.returncode == 0, destroyed.stderr
    assert as_json(destroyed)["destroyed"] > 100
    assert resources_left(live.aws) == []


def _invoice_mails(live: Live, email: str) -> list[Any]:
    return [m for m in live.sandbox.mail() if email in m.to and "nvoice" in m.subject]


def _dead(live: Live, queue: str) -> int:
    """How many messages wait in a dead-letter queue where everybody sees them."""
    url = live.aws("sqs").get_queue_url(QueueName=f"acme-dev-{queue}-dlq")["QueueUrl"]
    wanted = ["ApproximateNumberOfMessages"]
    answer = live.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
    return int(answer["Attributes"][wanted[0]])


def _in_database(live: Live, statement: LiteralString, *values: str) -> Any:
    """Run a statement past row security; return its first row, if it has one."""
    dsn = live.sandbox.status().database.superuser_dsn
    with psycopg.connect(dsn, autocommit=True) as connection:
        done = connection.execute(statement, values or None)
        return done.fetchone() if done.description else None


def _lines_of_events(live: Live, consumer: str, root: str, count: int) -> list[dict[str, Any]]:
    """Lines about events handled under a trace, once there are so many."""
    lines = (line for line in live.sandbox.logs(f"acme-dev-{consumer}") if root in line)
    handled = [x for x in map(json.loads, lines) if x["message"] == "event handled"]
    return handled if len(handled) >= count else []


def _until(look: Any, timeout_s: float = 60) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)
    return found
