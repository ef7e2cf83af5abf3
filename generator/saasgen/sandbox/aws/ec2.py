"""EC2.

The provider reads the description of a security group rule from the rule; moto keeps it inside
the rule's source (range, group or prefix list) and reports none.

A deleted VPC endpoint is gone from AWS; moto lists it for ever. A route table that a gateway
endpoint learns of later gets the endpoint's route; moto notes the table without the route, and then
cannot delete the endpoint.

Revoking a rule by its id once more is a request tried again: the provider takes AWS's word for an
id that is gone, and not moto's, which is that of a rule described in full.
"""

from typing import Any

from moto.ec2.exceptions import (
    InvalidPermissionNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
)
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.vpcs import VPCBackend

from saasgen.sandbox.aws.patching import Function, around, attribute


def apply() -> None:
    """Report what rules are for and which are gone; forget deleted VPC endpoints."""

    def description(rule: Any) -> str | None:
        for source in (rule.ip_range, rule.source_group, rule.prefix_list_id):
            if source and source.get("Description"):
                return str(source["Description"])
        return None

    attribute(SecurityGroupRule, "description", property(description))
    for way in ("ingress", "egress"):
        _miss_rules_by_id(f"revoke_security_group_{way}")

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


def _miss_rules_by_id(name: str) -> None:
    @around(SecurityGroupBackend, name)
    def revoke(original: Function, self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(self, *args, **kwargs)
        except InvalidPermissionNotFoundError as error:
            ids = kwargs.get("security_rule_ids")
            if not ids:
                raise
            raise InvalidSecurityGroupRuleIdNotFoundError(ids) from error
