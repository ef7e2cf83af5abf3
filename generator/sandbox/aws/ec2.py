"""EC2.

The provider reads the description of a security group rule from the rule; moto keeps it inside
the rule's source (range, group or prefix list) and reports none.

A deleted VPC endpoint is gone from AWS; moto lists it for ever. A route table that a gateway
endpoint learns of later gets the endpoint's route; moto notes the table without the route, and then
cannot delete the endpoint.
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

    @around(VPCBackend, "modify_vpc_endpoint")
    def modify_vpc_endpoint(
        original: Function, self: Any, vpc_id: str, *args: Any, **kwargs: Any
    ) -> None:
        endpoint = self.vpc_end_points[vpc_id]
        before = set(endpoint.route_table_ids or ())
        original(self, vpc_id, *args, **kwargs)
        after = set(endpoint.route_table_ids or ())
        for table in after - before:
            prefix = {"destination_prefix_list_id": endpoint.destination_prefix_list_id}
            self.create_route(table, None, gateway_id=vpc_id, **prefix)
        for table in before - after:
            self.delete_route(table, endpoint.destination_prefix_list_id)
