# Ways from the private subnets to AWS's own services that do not lead through a NAT gateway:
# gateways, which cost nothing, always; interfaces, which cost by the hour and zone, where the
# traffic pays for them. Private DNS answers for the services' usual names, so that no function
# knows.

locals {
  # dynamodb: the functions have no table yet; the route is free and ready for the first one.
  gateway_services = toset(["dynamodb", "s3"])

  # Beside the services that the design names: lambda, because each request that changes something
  # nudges the relay through it, which makes it the functions' busiest. Not sts, monitoring and
  # xray: no function assumes a role, and Lambda itself ships metrics (as log lines) and traces.
  interface_services = toset(var.interface_endpoints ? ["kms", "lambda", "logs", "secretsmanager", "sns", "sqs", "ssm"] : [])
}

resource "aws_vpc_endpoint" "gateway" {
  for_each = local.gateway_services

  vpc_id            = var.vpc_id
  service_name      = "com.amazonaws.${var.account.region}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = var.route_table_ids
  policy            = local.policies[each.key]

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.interface_services

  vpc_id              = var.vpc_id
  service_name        = "com.amazonaws.${var.account.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = var.subnet_ids
  security_group_ids  = [aws_security_group.interface[0].id]
  policy              = local.policies[each.key]

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_security_group" "interface" {
  count = var.interface_endpoints ? 1 : 0

  name        = "${var.name}-endpoint"
  description = "Interface endpoints: HTTPS from functions only"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-endpoint" }

  lifecycle {
    create_before_destroy = true
  }
}

# No rule lets anything out: an endpoint answers and never calls.
resource "aws_vpc_security_group_ingress_rule" "interface_from_function" {
  count = var.interface_endpoints ? 1 : 0

  security_group_id            = aws_security_group.interface[0].id
  description                  = "HTTPS from functions"
  referenced_security_group_id = var.function_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}
