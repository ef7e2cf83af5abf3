"""Who can reach what over the network."""

import pytest

from tests.terraform.applied import Resource, Resources, of_type

WORLD = {"0.0.0.0/0", "::/0"}
OPEN_BY_DESIGN: set[str] = set()  # no load balancer, no bastion: AWS serves the API


def sources(rule: Resource) -> set[str]:
    """The address ranges that a rule, or a group with rules inside it, lets in."""
    if rule.type == "aws_security_group_rule" and rule["type"] != "ingress":
        return set()
    parts = [rule.values, *(rule["ingress"] or [])]
    single = {part.get(name) for part in parts for name in ("cidr_ipv4", "cidr_ipv6")}
    lists = [part.get(name) or [] for part in parts for name in ("cidr_blocks", "ipv6_cidr_blocks")]
    return {*single, *(address for ranges in lists for address in ranges)} - {None}


def test_no_security_group_lets_the_world_in(resources: Resources) -> None:
    rules = of_type(
        resources,
        "aws_security_group",
        "aws_default_security_group",
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
    )

    assert len(rules) > 3
    assert {rule.address for rule in rules if sources(rule) & WORLD} == OPEN_BY_DESIGN


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0"}),
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0"}),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}]}),
        ("aws_security_group_rule", {"type": "ingress", "ipv6_cidr_blocks": ["::/0"]}),
    ],
)
def test_the_check_finds_an_open_group(kind: str, values: dict[str, object]) -> None:
    assert sources(Resource("x", kind, None, values)) & WORLD


def test_nothing_but_functions_reaches_the_database(resources: Resources) -> None:
    """By group, never by address: whatever lets PostgreSQL in names who may come."""
    rules = [
        rule
        for rule in of_type(resources, "aws_vpc_security_group_ingress_rule")
        if rule["from_port"] == 5432
    ]

    assert rules
    assert all(rule["referenced_security_group_id"] and not sources(rule) for rule in rules)
    assert not any(i["publicly_accessible"] for i in of_type(resources, "aws_rds_cluster_instance"))


def test_the_firewall_stands_before_the_stage_of_the_api(resources: Resources) -> None:
    [stage] = of_type(resources, "aws_api_gateway_stage")
    attached = of_type(resources, "aws_wafv2_web_acl_association")

    assert [association["resource_arn"] for association in attached] == [stage["arn"]]
