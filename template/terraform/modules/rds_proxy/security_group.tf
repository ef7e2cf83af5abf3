# Functions reach the proxy, the proxy reaches the database, each on PostgreSQL's port alone.

locals {
  port = 5432 # where every proxy for PostgreSQL listens
}

resource "aws_security_group" "proxy" {
  name        = "${var.name}-rds-proxy"
  description = "RDS Proxy: PostgreSQL from functions, and on to the database"
  vpc_id      = var.vpc_id

  tags = { Name = "${var.name}-rds-proxy" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "function_to_proxy" {
  security_group_id            = var.function_security_group_id
  description                  = "PostgreSQL through the proxy"
  referenced_security_group_id = aws_security_group.proxy.id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_ingress_rule" "proxy_from_function" {
  security_group_id            = aws_security_group.proxy.id
  description                  = "PostgreSQL from functions"
  referenced_security_group_id = var.function_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = local.port
  to_port                      = local.port
}

resource "aws_vpc_security_group_egress_rule" "proxy_to_database" {
  security_group_id            = aws_security_group.proxy.id
  description                  = "PostgreSQL to the database"
  referenced_security_group_id = var.database_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
}

resource "aws_vpc_security_group_ingress_rule" "database_from_proxy" {
  security_group_id            = var.database_security_group_id
  description                  = "PostgreSQL from the proxy"
  referenced_security_group_id = aws_security_group.proxy.id
  ip_protocol                  = "tcp"
  from_port                    = var.database_port
  to_port                      = var.database_port
}
