"""EC2.

The provider reads the description of a security group rule from the rule; moto keeps it inside
the rule's source (range, group or prefix list) and reports none.
"""

from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from generator.sandbox.aws.patching import attribute


def apply() -> None:
    """Report the description of a security group rule."""

    def description(rule: Any) -> str | None:
        for source in (rule.ip_range, rule.source_group, rule.prefix_list_id):
            if source and source.get("Description"):
                return str(source["Description"])
        return None

    attribute(SecurityGroupRule, "description", property(description))
