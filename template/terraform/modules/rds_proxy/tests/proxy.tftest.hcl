mock_provider "aws" {
  source = "../../tests/mocks"
}

run "functions_come_over_tls_with_iam_tokens_and_nothing_else" {
  command = apply

  assert {
    condition     = aws_db_proxy.this.require_tls && aws_db_proxy.this.engine_family == "POSTGRESQL" && !aws_db_proxy.this.debug_logging
    error_message = "TLS must be required, and statements stay out of the log."
  }

  assert {
    condition     = { for auth in aws_db_proxy.this.auth : auth.secret_arn => "${auth.auth_scheme} ${auth.iam_auth}" } == { for arn in values(var.login_secret_arns) : arn => "SECRETS REQUIRED" }
    error_message = "Each login must have its secret, and be had by IAM token only."
  }

  assert {
    condition     = aws_db_proxy.this.vpc_subnet_ids == toset(["subnet-a", "subnet-b"]) && aws_db_proxy.this.vpc_security_group_ids == toset([aws_security_group.proxy.id])
    error_message = "The proxy must be in the private subnets, behind a group of its own."
  }

  assert {
    condition     = output.resource_id == "prx-0123456789abcdef0" && output.endpoint == "acme-dev.proxy-abc.us-east-1.rds.amazonaws.com" && output.port == 5432
    error_message = "What rds-db:connect is granted on must be the proxy's resource id."
  }
}

run "connections_lead_to_the_cluster_and_leave_it_some_of_its_own" {
  command = apply

  assert {
    condition     = aws_db_proxy_target.this.db_cluster_identifier == "acme-dev" && aws_db_proxy_target.this.db_proxy_name == "acme-dev"
    error_message = "The cluster must be the target."
  }

  assert {
    condition     = aws_db_proxy_default_target_group.this.connection_pool_config[0].max_connections_percent == 80 && aws_db_proxy_default_target_group.this.connection_pool_config[0].connection_borrow_timeout == 3
    error_message = "Migrations must find a connection, and a request must not wait longer than asked."
  }
}

run "the_network_leads_from_functions_to_the_proxy_and_on_to_the_database" {
  command = apply

  assert {
    condition     = aws_vpc_security_group_egress_rule.function_to_proxy.security_group_id == "sg-function" && aws_vpc_security_group_egress_rule.function_to_proxy.referenced_security_group_id == aws_security_group.proxy.id && aws_vpc_security_group_ingress_rule.proxy_from_function.referenced_security_group_id == "sg-function" && aws_vpc_security_group_ingress_rule.proxy_from_function.to_port == 5432
    error_message = "Functions must reach the proxy on PostgreSQL's port."
  }

  assert {
    condition     = aws_vpc_security_group_egress_rule.proxy_to_database.referenced_security_group_id == "sg-database" && aws_vpc_security_group_ingress_rule.database_from_proxy.security_group_id == "sg-database" && aws_vpc_security_group_ingress_rule.database_from_proxy.referenced_security_group_id == aws_security_group.proxy.id && aws_vpc_security_group_ingress_rule.database_from_proxy.from_port == 5433
    error_message = "The proxy must reach the database on the database's port."
  }
}

run "the_proxy_reads_its_passwords_alone" {
  command = apply

  assert {
    condition     = jsonencode([for statement in jsondecode(aws_iam_role_policy.proxy.policy).Statement : statement.Resource]) == jsonencode([sort(values(var.login_secret_arns)), [var.kms_key_arn]])
    error_message = "It must read exactly its secrets, by their key."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.proxy.policy).Statement[1].Condition.StringEquals == { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" }
    error_message = "The key must be of use for secrets only."
  }
}

run "the_proxy_is_watched_and_its_log_ends" {
  command = apply

  assert {
    condition     = aws_cloudwatch_metric_alarm.pinned.dimensions == tomap({ ProxyName = "acme-dev" }) && aws_cloudwatch_metric_alarm.pinned.threshold == 5 && aws_cloudwatch_metric_alarm.pinned.alarm_actions == var.alarm_actions
    error_message = "Pinned connections must be noticed."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.borrow_latency.threshold == 100000 && output.alarm_names == { pinned = "acme-dev-rds-proxy-pinned", borrow_latency = "acme-dev-rds-proxy-borrow-latency" }
    error_message = "The wait must be compared in microseconds, as RDS reports it."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this.name == "/aws/rds/proxy/acme-dev" && aws_cloudwatch_log_group.this.retention_in_days == 30
    error_message = "The log must be where RDS writes it, and be kept as long as asked."
  }
}
