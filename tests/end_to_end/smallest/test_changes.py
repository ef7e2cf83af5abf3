"""The smallest stack is moved up a tier, and taken down: real applies on a copy of its account."""

from tests.end_to_end.conftest import as_json, resources_left, saasgen
from tests.end_to_end.smallest.conftest import Live


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
