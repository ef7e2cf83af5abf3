mock_provider "aws" {}

run "a_single_nat_gateway_serves_all_zones" {
  command = plan

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a"]
    error_message = "There must be one NAT gateway, in the first zone."
  }

  assert {
    condition     = keys(aws_route.private_nat) == ["us-east-1a", "us-east-1b"]
    error_message = "Each private subnet must leave through it."
  }
}

run "a_nat_gateway_per_zone_stands_in_each" {
  command = plan

  variables {
    availability_zones = ["us-east-1a", "us-east-1b", "us-east-1c"]
    nat_gateways       = "per_zone"
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["us-east-1a", "us-east-1b", "us-east-1c"]
    error_message = "There must be a NAT gateway in each of the three zones."
  }

  assert {
    condition     = length(aws_subnet.private) == 3 && length(aws_subnet.public) == 3
    error_message = "There must be a public and a private subnet in each zone."
  }
}

run "a_zone_keeps_its_addresses_whatever_other_zones_there_are" {
  command = plan

  variables {
    availability_zones = ["us-east-1b", "us-east-1f"]
  }

  assert {
    condition     = aws_subnet.public["us-east-1b"].cidr_block == "10.0.1.0/24" && aws_subnet.private["us-east-1b"].cidr_block == "10.0.27.0/24"
    error_message = "The second zone's subnets must not move when the first is left out."
  }

  assert {
    condition     = aws_subnet.public["us-east-1f"].cidr_block == "10.0.5.0/24" && aws_subnet.private["us-east-1f"].cidr_block == "10.0.31.0/24"
    error_message = "The letter of a zone must decide its network number."
  }
}

run "subnets_are_24s_in_smaller_networks_too" {
  command = plan

  variables {
    cidr = "10.1.0.0/18"
  }

  assert {
    condition     = aws_subnet.private["us-east-1b"].cidr_block == "10.1.27.0/24"
    error_message = "Subnets must stay /24."
  }
}

run "only_functions_reach_the_database" {
  command = apply

  override_resource {
    target = aws_security_group.function
    values = { id = "sg-function" }
  }

  override_resource {
    target = aws_security_group.database
    values = { id = "sg-database" }
  }

  override_resource {
    target = aws_cloudwatch_log_group.flow_log
    values = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:flow" }
  }

  override_resource {
    target = aws_iam_role.flow_log
    values = { arn = "arn:aws:iam::123456789012:role/acme-dev-flow-log" }
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.database_from_function.referenced_security_group_id == "sg-function" && aws_vpc_security_group_ingress_rule.database_from_function.cidr_ipv4 == null
    error_message = "The database must admit the functions' group, and no address."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.function_to_database.referenced_security_group_id == "sg-database" && aws_vpc_security_group_egress_rule.function_to_https.to_port == 443
    error_message = "Functions must reach the database and HTTPS."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.database_to_vpc.cidr_ipv4 == "10.0.0.0/16"
    error_message = "The database must not reach beyond the VPC."
  }

  assert {
    condition     = length(aws_default_security_group.this.ingress) == 0 && length(aws_default_security_group.this.egress) == 0
    error_message = "The VPC's own group must allow nothing."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.flow_log.policy).Statement[0].Resource == "arn:aws:logs:us-east-1:123456789012:log-group:flow:*"
    error_message = "The flow log must write to its own group only."
  }
}

run "instances_in_public_subnets_get_no_public_address" {
  command = plan

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "Public subnets hold NAT gateways, which bring their own address."
  }
}
