"""EC2.

The provider reads the description of a security group rule from the rule; moto keeps it inside
the rule's source (range, group or prefix list) and reports none.

A deleted VPC endpoint is gone from AWS; moto lists it for ever.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPCBackend

from generator.sandbox.aws.patching import Function, around, attribute


def apply() -> None:
    """Report the description of a security group rule; forget deleted VPC endpoints."""

    def description(rule: Any) -> str | None:
        for source in (rule.ip_range, rule.source_group, rule.prefix_list_id):
            if source and source.get("Description"):
                return str(source["Description"])
        return None

    attribute(SecurityGroupRule, "description", property(description))

    @around(VPCBackend, "delete_vpc_endpoints")
    def delete_vpc_endpoints(
        original: Function, self: Any, vpce_ids: list[str] | None = None
    ) -> None:
        original(self, vpce_ids)
        for identifier in vpce_ids or []:
            self.vpc_end_points.pop(identifier, None)
