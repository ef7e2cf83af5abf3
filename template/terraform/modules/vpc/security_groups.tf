# Functions reach the database and HTTPS, nothing else; nothing reaches a function through the
# network, because AWS invokes it from outside the VPC.

locals {
  postgresql_port = 5432
  https_port      = 443
}

resource "aws_security_group" "function" {
  name        = "${var.name}-function"
  description = "Lambda functions: no way in, database and HTTPS out"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-function" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_egress_rule" "function_to_database" {
  security_group_id            = aws_security_group.function.id
  description                  = "PostgreSQL"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = local.postgresql_port
  to_port                      = local.postgresql_port
}

resource "aws_vpc_security_group_egress_rule" "function_to_https" {
  security_group_id = aws_security_group.function.id
  description       = "AWS APIs and payment providers"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = local.https_port
  to_port           = local.https_port
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "Aurora: PostgreSQL from functions only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-database" }

  lifecycle {
    create_before_destroy = true
  }
}

# By group and never by address: no other resource of the VPC reaches the database.
resource "aws_vpc_security_group_ingress_rule" "database_from_function" {
  security_group_id            = aws_security_group.database.id
  description                  = "PostgreSQL from functions"
  referenced_security_group_id = aws_security_group.function.id
  ip_protocol                  = "tcp"
  from_port                    = local.postgresql_port
  to_port                      = local.postgresql_port
}

# A database opens no connection to the world.
resource "aws_vpc_security_group_egress_rule" "database_to_vpc" {
  security_group_id = aws_security_group.database.id
  description       = "Inside the VPC only"
  cidr_ipv4         = var.cidr
  ip_protocol       = "-1"
}
