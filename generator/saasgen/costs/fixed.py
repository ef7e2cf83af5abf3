"""What a plan changes in the fixed monthly cost: what is billed for being there, used or not."""

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict

from saasgen.costs.capacity import HOURS_PER_MONTH, proxy_acu_hours
from saasgen.prices.price_list import PriceList

_SECONDS_PER_HOUR = 3600
_MB_PER_GB = Decimal(1024)

# What Lambda gives a function that names no memory.
_DEFAULT_MEMORY_MB = 128

_NOTHING = Decimal(0)


class ComponentChange(BaseModel):
    """One component's fixed cost before and after, in exact US dollars a month."""

    model_config = ConfigDict(frozen=True)

    component: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        """What is added; negative where it gets cheaper."""
        return self.after - self.before


class CostChange(BaseModel):
    """The fixed cost of a stack before and after a plan, by component.

    Attributes:
        region: the region whose prices these are.
        as_of: the day the prices were written down.
        components: every component that costs anything before or after.
    """

    model_config = ConfigDict(frozen=True)

    region: str
    as_of: date
    components: tuple[ComponentChange, ...]

    @classmethod
    def of(cls, plan: dict[str, Any], prices: PriceList) -> "CostChange":
        """Price `terraform show -json PLAN` as it is and as it will be."""
        changes = [c for c in plan.get("resource_changes", []) if c.get("mode") != "data"]
        before = _fixed_costs(_resources(changes, "before"), prices)
        after = _fixed_costs(_resources(changes, "after"), prices)
        components = (
            ComponentChange(component=name, before=before[name], after=after[name])
            for name in _COMPONENTS
            if before[name] or after[name]
        )
        return cls(region=prices.region, as_of=prices.as_of, components=tuple(components))

    @property
    def before(self) -> Decimal:
        """The fixed cost now."""
        return sum((component.before for component in self.components), _NOTHING)

    @property
    def after(self) -> Decimal:
        """The fixed cost once the plan is applied."""
        return sum((component.after for component in self.components), _NOTHING)

    @property
    def change(self) -> Decimal:
        """What the plan adds a month."""
        return self.after - self.before


@dataclass(frozen=True)
class _Resource:
    """A resource on one side of a plan.

    Attributes:
        values: its attributes, those left out that are known after the apply only.
        unknown: which are left out.
    """

    type: str
    module: str
    values: dict[str, Any]
    unknown: dict[str, Any]


def _resources(changes: list[dict[str, Any]], side: str) -> list[_Resource]:
    return [
        _Resource(
            type=found["type"],
            module=found.get("module_address", ""),
            values=found["change"][side],
            unknown=found["change"].get("after_unknown") or {} if side == "after" else {},
        )
        for found in changes
        if found["change"].get(side) is not None
    ]


def _fixed_costs(resources: list[_Resource], prices: PriceList) -> dict[str, Decimal]:
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for component, (price, units) in _COMPONENTS.items():
        costs[component] = prices[price].cost(units(resources))
    return costs


def _of_type(resources: list[_Resource], kind: str) -> list[_Resource]:
    return [resource for resource in resources if resource.type == kind]


def _count(kind: str, each: Decimal = Decimal(1)) -> Callable[[list[_Resource]], Decimal]:
    return lambda resources: len(_of_type(resources, kind)) * each


def _endpoint_hours(resources: list[_Resource]) -> Decimal:
    """Each endpoint in each of its zones."""
    subnets = _of_type(resources, "aws_subnet")
    zones = {subnet.values.get("availability_zone") for subnet in subnets}
    total = 0
    for endpoint in _of_type(resources, "aws_vpc_endpoint"):
        if endpoint.values.get("vpc_endpoint_type") != "Interface":
            continue
        # Subnets that do not exist yet have no ids: there will be one in each zone.
        known = not _any(endpoint.unknown.get("subnet_ids"))
        total += len(endpoint.values.get("subnet_ids") or []) if known else len(zones)
    return total * HOURS_PER_MONTH


def _cluster_acu(resources: list[_Resource]) -> Decimal:
    """The least ACU of all instances together; none where the cluster may pause."""
    least = {
        cluster.module: Decimal(str(scaling["min_capacity"]))
        for cluster in _of_type(resources, "aws_rds_cluster")
        for scaling in cluster.values.get("serverlessv2_scaling_configuration") or []
    }
    instances = _of_type(resources, "aws_rds_cluster_instance")
    return sum((least.get(instance.module, _NOTHING) for instance in instances), _NOTHING)


def _acu_hours(resources: list[_Resource]) -> Decimal:
    return _cluster_acu(resources) * HOURS_PER_MONTH


def _proxy_hours(resources: list[_Resource]) -> Decimal:
    proxies = len(_of_type(resources, "aws_db_proxy"))
    return proxies * proxy_acu_hours(_cluster_acu(resources))


def _provisioned_gb_seconds(resources: list[_Resource]) -> Decimal:
    memory_mb = {
        function.values.get("function_name"): function.values.get("memory_size")
        for function in _of_type(resources, "aws_lambda_function")
    }
    # Where the number scales, its lower bound is what is always there.
    least: dict[Any, Any] = {
        target.values.get("resource_id"): target.values.get("min_capacity")
        for target in _of_type(resources, "aws_appautoscaling_target")
    }
    total = _NOTHING
    for ready in _of_type(resources, "aws_lambda_provisioned_concurrency_config"):
        name, qualifier = ready.values.get("function_name"), ready.values.get("qualifier")
        begun = ready.values.get("provisioned_concurrent_executions") or 0
        executions = least.get(f"function:{name}:{qualifier}", begun)
        memory = memory_mb.get(name) or _DEFAULT_MEMORY_MB
        total += executions * memory / _MB_PER_GB
    return total * HOURS_PER_MONTH * _SECONDS_PER_HOUR


def _machine_clients(resources: list[_Resource]) -> Decimal:
    clients = _of_type(resources, "aws_cognito_user_pool_client")
    flows = [client.values.get("allowed_oauth_flows") or [] for client in clients]
    return Decimal(sum("client_credentials" in found for found in flows))


def _secrets(resources: list[_Resource]) -> Decimal:
    """Those of the stack, and the one in which RDS keeps a cluster's master password."""
    clusters = _of_type(resources, "aws_rds_cluster")
    managed = [c for c in clusters if c.values.get("manage_master_user_password")]
    return Decimal(len(_of_type(resources, "aws_secretsmanager_secret")) + len(managed))


def _standard_alarm_metrics(resources: list[_Resource]) -> Decimal:
    """An alarm on an expression costs as much as the metrics it is made from."""
    alarms = _of_type(resources, "aws_cloudwatch_metric_alarm")
    return Decimal(sum(_alarm_metrics(alarm) for alarm in alarms if not _is_anomaly(alarm)))


def _alarm_metrics(alarm: _Resource) -> int:
    queries = alarm.values.get("metric_query") or []
    return sum(bool(query.get("metric")) for query in queries) or 1


def _anomaly_alarms(resources: list[_Resource]) -> Decimal:
    return Decimal(sum(map(_is_anomaly, _of_type(resources, "aws_cloudwatch_metric_alarm"))))


def _is_anomaly(alarm: _Resource) -> bool:
    return bool(alarm.values.get("threshold_metric_id")) or (
        "ANOMALY_DETECTION_BAND" in json.dumps(alarm.values.get("metric_query"), default=str)
    )


def _firewall_rules(resources: list[_Resource]) -> Decimal:
    firewalls = _of_type(resources, "aws_wafv2_web_acl")
    return Decimal(sum(len(firewall.values.get("rule") or []) for firewall in firewalls))


def _any(unknown: Any) -> bool:
    """Whether any part of a value is known after the apply only."""
    if isinstance(unknown, list):
        return any(map(_any, unknown))
    return bool(unknown)


# What is billed for being there: the name of its price, and how many units of it there are.
_COMPONENTS: dict[str, tuple[str, Callable[[list[_Resource]], Decimal]]] = {
    "NAT gateways": ("nat_gateway_hour", _count("aws_nat_gateway", HOURS_PER_MONTH)),
    "Public addresses": ("public_ipv4_hour", _count("aws_eip", HOURS_PER_MONTH)),
    "Interface endpoints": ("interface_endpoint_hour", _endpoint_hours),
    "Aurora at its least": ("aurora_acu_hour", _acu_hours),
    "RDS Proxy": ("rds_proxy_acu_hour", _proxy_hours),
    "Provisioned concurrency": ("lambda_provisioned_gb_second", _provisioned_gb_seconds),
    "Machine clients": ("cognito_machine_client", _machine_clients),
    "Keys": ("kms_key", _count("aws_kms_key")),
    "Secrets": ("secret", _secrets),
    "Alarms": ("alarm", _standard_alarm_metrics),
    "Anomaly alarms": ("anomaly_alarm", _anomaly_alarms),
    "Composite alarms": ("composite_alarm", _count("aws_cloudwatch_composite_alarm")),
    "Dashboards": ("dashboard", _count("aws_cloudwatch_dashboard")),
    "Web ACLs": ("waf_web_acl", _count("aws_wafv2_web_acl")),
    "Firewall rules": ("waf_rule", _firewall_rules),
}
