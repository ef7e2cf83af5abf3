mock_provider "aws" {
  mock_resource "aws_security_group" {
    defaults = { id = "sg-endpoint" }
  }
}

run "gateways_are_always_there_and_interfaces_where_they_pay" {
  command = apply

  variables {
    interface_endpoints = false
  }

  assert {
    condition     = keys(output.gateway_endpoint_ids) == ["dynamodb", "s3"]
    error_message = "S3 and DynamoDB must have their gateways: they cost nothing."
  }

  assert {
    condition     = length(output.interface_endpoint_ids) == 0 && length(aws_security_group.interface) == 0 && length(aws_vpc_security_group_ingress_rule.interface_from_function) == 0
    error_message = "Nothing of the interface endpoints must exist."
  }
}

run "gateways_are_routes_of_the_private_subnets" {
  command = apply

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.gateway) : endpoint.vpc_endpoint_type == "Gateway" && endpoint.route_table_ids == toset(["rtb-a", "rtb-b"]) && endpoint.vpc_id == "vpc-acme"])
    error_message = "Each gateway must stand in each private route table."
  }

  assert {
    condition     = aws_vpc_endpoint.gateway["s3"].service_name == "com.amazonaws.eu-central-1.s3"
    error_message = "Services must be those of the stack's region."
  }
}

run "interfaces_answer_to_the_services_usual_names_in_each_zone" {
  command = apply

  assert {
    condition     = keys(output.interface_endpoint_ids) == ["kms", "lambda", "logs", "secretsmanager", "sns", "sqs", "ssm"]
    error_message = "Each service that functions call must have its endpoint."
  }

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.vpc_endpoint_type == "Interface" && endpoint.private_dns_enabled && endpoint.subnet_ids == toset(["subnet-a", "subnet-b"]) && endpoint.vpc_id == "vpc-acme"])
    error_message = "Endpoints must answer by private DNS in each zone."
  }
}

run "only_functions_reach_an_interface" {
  command = apply

  assert {
    condition     = alltrue([for endpoint in values(aws_vpc_endpoint.interface) : endpoint.security_group_ids == toset(["sg-endpoint"])]) && aws_security_group.interface[0].vpc_id == "vpc-acme"
    error_message = "Endpoints must be in their own security group."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.interface_from_function[0].security_group_id == "sg-endpoint" && aws_vpc_security_group_ingress_rule.interface_from_function[0].referenced_security_group_id == "sg-function" && aws_vpc_security_group_ingress_rule.interface_from_function[0].cidr_ipv4 == null
    error_message = "Functions must reach endpoints, and no address."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.interface_from_function[0].from_port == 443 && aws_vpc_security_group_ingress_rule.interface_from_function[0].to_port == 443 && aws_vpc_security_group_ingress_rule.interface_from_function[0].ip_protocol == "tcp"
    error_message = "Only HTTPS must be open."
  }
}

run "an_endpoint_leads_to_this_stack_and_nowhere_else" {
  command = apply

  assert {
    condition = alltrue([
      for endpoint in concat(values(aws_vpc_endpoint.gateway), values(aws_vpc_endpoint.interface)) : alltrue([
        for statement in jsondecode(endpoint.policy).Statement :
        statement.Condition.StringEquals["aws:PrincipalAccount"] == "123456789012" && !contains(statement.Resource, "*") && !anytrue([for action in statement.Action : strcontains(action, "*")])
      ])
    ])
    error_message = "Each policy must name account, actions and resources."
  }

  assert {
    condition = {
      for service, endpoint in merge(aws_vpc_endpoint.gateway, aws_vpc_endpoint.interface) : service => join(" ", jsondecode(endpoint.policy).Statement[0].Resource)
      } == {
      dynamodb       = "arn:aws:dynamodb:eu-central-1:123456789012:table/acme-dev-*"
      s3             = "arn:aws:s3:::acme-dev-artifacts-123456789012/* arn:aws:s3:::acme-dev-exports-123456789012/*"
      kms            = "arn:aws:kms:eu-central-1:123456789012:key/database arn:aws:kms:eu-central-1:123456789012:key/events"
      lambda         = "arn:aws:lambda:eu-central-1:123456789012:function:acme-dev-*"
      logs           = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/acme-dev-*"
      secretsmanager = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-master"
      sns            = "arn:aws:sns:eu-central-1:123456789012:acme-dev-*"
      sqs            = "arn:aws:sqs:eu-central-1:123456789012:acme-dev-*"
      ssm            = "arn:aws:ssm:eu-central-1:123456789012:parameter/acme-dev/*"
    }
    error_message = "Each policy must name what is the stack's own."
  }
}
