"""How much of what is billed by the hour AWS bills, whoever asks: an estimate or a plan."""

from decimal import Decimal

# What AWS's own calculator takes a month for.
HOURS_PER_MONTH = Decimal(730)

# Aurora scales in halves; one that may pause has no less than this while it is awake.
LEAST_AWAKE_ACU = Decimal("0.5")

# A proxy in front of Serverless v2 is billed for no less (Amazon RDS Proxy pricing).
PROXY_LEAST_ACU = Decimal(8)


def billed_acu(needed: Decimal, least: Decimal, most: Decimal) -> Decimal:
    """ACU billed for an instance that needs `needed`: never outside its range."""
    return min(max(needed, least, LEAST_AWAKE_ACU), most)


def proxy_acu_hours(cluster_acu: Decimal) -> Decimal:
    """ACU-hours a month of a proxy in front of a cluster with that many ACU in all."""
    return max(cluster_acu, PROXY_LEAST_ACU) * HOURS_PER_MONTH
