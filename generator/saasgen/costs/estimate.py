"""The monthly cost of a stack by component, from its tier, its environment and assumed use."""

from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from saasgen.costs.capacity import HOURS_PER_MONTH, billed_acu, proxy_acu_hours
from saasgen.costs.usage import Usage
from saasgen.prices.price_list import PriceList
from saasgen.tiers import Environment, Tier

_DAYS_PER_MONTH = HOURS_PER_MONTH / 24
_SECONDS_PER_HOUR = 3600
_KB_PER_GB = Decimal(1024 * 1024)
_MB_PER_GB = Decimal(1024)
_MS_PER_SECOND = Decimal(1000)

# CloudWatch bills stored logs by their compressed size and takes this ratio itself.
_LOG_COMPRESSION = Decimal("0.15")

# Lambda keeps five long polls of 20 seconds open on an idle queue.
_IDLE_POLLS_PER_HOUR = Decimal(5 * 3 * 60)

# A message is sent, received and deleted; batches make it less.
_REQUESTS_PER_MESSAGE = 3

# `terraform/events.tf`: a relay every minute would never let a database pause.
_RELAYS_PER_HOUR = {True: Decimal(1), False: Decimal(60)}
_REPRICINGS_PER_HOUR = {True: Decimal(1), False: Decimal(6)}
_JOBS_PER_HOUR = 2
_JOBS_PER_DAY = 4 + 23  # the billing run rests in one hour of the day


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True)


class Line(_Result):
    """One thing that is billed.

    Attributes:
        item: what it is.
        price: its name in the price file.
        quantity: how many units a month.
        unit: what is counted.
        per_month: US dollars, exact.
    """

    item: str
    price: str
    quantity: Decimal
    unit: str
    per_month: Decimal


class Component(_Result):
    """A part of the stack and what of it is billed."""

    name: str
    lines: tuple[Line, ...]

    @property
    def per_month(self) -> Decimal:
        """US dollars, exact."""
        return sum((line.per_month for line in self.lines), Decimal(0))


class Estimate(_Result):
    """What a stack of one tier costs a month."""

    tier: str
    usage: Usage
    components: tuple[Component, ...]

    @property
    def per_month(self) -> Decimal:
        """US dollars, exact."""
        return sum((component.per_month for component in self.components), Decimal(0))

    def line(self, price: str) -> Line | None:
        """The line billed at a price, or None where this tier has no such thing."""
        lines = (line for component in self.components for line in component.lines)
        return next((line for line in lines if line.price == price), None)


def estimate(
    tier: Tier,
    environment: Environment,
    usage: Usage,
    prices: PriceList,
    *,
    free_tier: bool = False,
) -> Estimate:
    """Estimate a month.

    Args:
        tier: the size.
        environment: the safety; it decides how long logs and backups are kept.
        usage: the month.
        prices: unit prices.
        free_tier: deduct AWS's free allowances, as if no other stack of the account used them.
    """
    quantities = {
        "network": _network(tier, usage),
        "database": _database(tier, environment, usage),
        "functions": _functions(tier, usage),
        "api": _api(usage),
        "firewall": _firewall(usage),
        "events": _events(tier, usage),
        "identity": _identity(environment, usage),
        "mail": {("Mails", "ses_mail"): usage.mails},
        "keys and secrets": _keys_and_secrets(usage),
        "observability": _observability(tier, environment, usage),
        "storage": {("Artifacts and state", "s3_gb"): usage.artifact_gb},
    }

    def line(item: str, name: str, quantity: Decimal) -> Line:
        price = prices[name]
        return Line(
            item=item,
            price=name,
            quantity=quantity,
            unit=price.unit,
            per_month=price.cost(quantity, free_tier=free_tier),
        )

    components = (
        Component(name=name, lines=tuple(line(*what, n) for what, n in found.items() if n))
        for name, found in quantities.items()
    )
    return Estimate(tier=tier.name, usage=usage, components=tuple(components))


# What is billed, by its item and the name of its price, and how many units a month.
_Quantities = dict[tuple[str, str], Decimal]


def _network(tier: Tier, usage: Usage) -> _Quantities:
    gateways = tier.availability_zones if tier.nat_gateways == "per_zone" else 1
    through_endpoints = tier.interface_endpoints and usage.interface_endpoints > 0
    endpoints = usage.interface_endpoints if through_endpoints else Decimal(0)
    nat_gb = usage.internet_gb + (0 if through_endpoints else usage.aws_api_gb)
    return {
        ("NAT gateways", "nat_gateway_hour"): gateways * HOURS_PER_MONTH,
        ("NAT gateways' addresses", "public_ipv4_hour"): gateways * HOURS_PER_MONTH,
        ("Traffic through NAT", "nat_gateway_gb"): nat_gb,
        ("Interface endpoints", "interface_endpoint_hour"): (
            endpoints * tier.availability_zones * HOURS_PER_MONTH
        ),
        ("Traffic through endpoints", "interface_endpoint_gb"): (
            usage.aws_api_gb if through_endpoints else Decimal(0)
        ),
        ("Responses to the internet", "internet_gb"): (
            usage.api_requests * usage.response_kb / _KB_PER_GB
        ),
    }


def _database(tier: Tier, environment: Environment, usage: Usage) -> _Quantities:
    # Readers of promotion tier 1 are never smaller than the writer (modules/rds).
    instances = 1 + tier.aurora.readers
    least = Decimal(str(tier.aurora.min_acu))
    each = billed_acu(usage.aurora_acu, least, Decimal(str(tier.aurora.max_acu)))
    hours = usage.aurora_awake_hours if _pauses(tier) else HOURS_PER_MONTH
    proxy = proxy_acu_hours(instances * each) if tier.rds_proxy else Decimal(0)
    # Aurora bills no snapshot that is younger than its own backups: the daily ones all are, and of
    # the monthly ones those of the last month or so, which is left out here.
    months_kept = (environment.monthly_backup_retention_days or 0) / _DAYS_PER_MONTH
    return {
        ("Aurora capacity", "aurora_acu_hour"): instances * each * hours,
        ("RDS Proxy", "rds_proxy_acu_hour"): proxy,
        ("Aurora storage", "aurora_storage_gb"): usage.aurora_storage_gb,
        ("Aurora I/O", "aurora_io"): usage.aurora_io_requests,
        ("Aurora backups", "aurora_backup_gb"): usage.aurora_backup_gb,
        ("Monthly backups", "aurora_snapshot_gb"): usage.aurora_storage_gb * months_kept,
    }


def _functions(tier: Tier, usage: Usage) -> _Quantities:
    memory_gb = usage.function_memory_mb / _MB_PER_GB
    # an event nudges the relay and reaches its consumers
    invocations = (
        usage.api_requests + usage.events * (1 + usage.deliveries_per_event) + _schedules(tier)
    )
    return {
        ("Invocations", "lambda_request"): invocations,
        ("Time", "lambda_gb_second"): (
            invocations * usage.function_ms / _MS_PER_SECOND * memory_gb
        ),
        ("Provisioned concurrency", "lambda_provisioned_gb_second"): (
            tier.provisioned_concurrency * memory_gb * HOURS_PER_MONTH * _SECONDS_PER_HOUR
        ),
    }


def _api(usage: Usage) -> _Quantities:
    return {("Requests", "rest_api_request"): usage.api_requests}


def _firewall(usage: Usage) -> _Quantities:
    inspected = usage.api_requests if usage.waf_web_acls else Decimal(0)
    return {
        ("Web ACL", "waf_web_acl"): usage.waf_web_acls,
        ("Rules", "waf_rule"): usage.waf_web_acls * usage.waf_rules,
        ("Requests inspected", "waf_request"): inspected,
    }


def _events(tier: Tier, usage: Usage) -> _Quantities:
    messages = usage.events * usage.deliveries_per_event
    polls = usage.consumer_queues * _IDLE_POLLS_PER_HOUR * HOURS_PER_MONTH
    return {
        ("Events published", "sns_request"): usage.events,
        ("Queue requests", "sqs_request"): messages * _REQUESTS_PER_MESSAGE + polls,
        ("Schedules", "scheduler_invocation"): _schedules(tier),
    }


def _identity(environment: Environment, usage: Usage) -> _Quantities:
    user = "cognito_mau" if environment.threat_protection == "off" else "cognito_protected_mau"
    return {
        ("Active users", user): usage.active_users,
        ("Machine clients", "cognito_machine_client"): usage.machine_clients,
        ("Machine tokens", "cognito_machine_token"): usage.machine_tokens,
    }


def _keys_and_secrets(usage: Usage) -> _Quantities:
    return {
        ("Keys", "kms_key"): usage.kms_keys,
        ("Requests to keys", "kms_request"): usage.kms_requests,
        ("Secrets", "secret"): usage.secrets,
        ("Calls for secrets", "secret_call"): usage.secret_calls,
    }


def _observability(tier: Tier, environment: Environment, usage: Usage) -> _Quantities:
    # what is stored once the first logs have reached their age
    months_kept = environment.log_retention_days / _DAYS_PER_MONTH
    return {
        ("Logs ingested", "log_ingested_gb"): usage.log_gb,
        ("Logs stored", "log_stored_gb"): usage.log_gb * _LOG_COMPRESSION * months_kept,
        ("Alarms", "alarm"): usage.alarm_metrics,
        ("Composite alarms", "composite_alarm"): usage.composite_alarms,
        ("Anomaly alarms", "anomaly_alarm"): usage.anomaly_alarms,
        ("Dashboards", "dashboard"): usage.dashboards,
        ("Custom metrics", "custom_metric"): usage.custom_metrics,
        ("Traces", "trace"): usage.api_requests * tier.traced_percent / 100,
    }


def _schedules(tier: Tier) -> Decimal:
    """Scheduled invocations a month: what does not let a database rest, and the jobs."""
    pauses = _pauses(tier)
    per_hour = _RELAYS_PER_HOUR[pauses] + _REPRICINGS_PER_HOUR[pauses] + _JOBS_PER_HOUR
    return per_hour * HOURS_PER_MONTH + _JOBS_PER_DAY * _DAYS_PER_MONTH


def _pauses(tier: Tier) -> bool:
    return tier.aurora.min_acu == 0
