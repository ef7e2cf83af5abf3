# RDS Proxy between functions and database: thousands of functions share the connections that the
# database has room for, and a failover costs them none. A function presents an IAM token over TLS;
# the proxy logs in with the password it reads from Secrets Manager.

resource "aws_db_proxy" "this" {
  name                   = var.name
  engine_family          = "POSTGRESQL"
  role_arn               = aws_iam_role.proxy.arn
  vpc_subnet_ids         = var.subnet_ids
  vpc_security_group_ids = [aws_security_group.proxy.id]
  require_tls            = true
  debug_logging          = false # it would log statements, and with them what customers store

  # A function that is frozen for longer connects again.
  idle_client_timeout = 1800

  dynamic "auth" {
    for_each = var.login_secret_arns

    content {
      auth_scheme               = "SECRETS"
      client_password_auth_type = "POSTGRES_SCRAM_SHA_256"
      description               = auth.key
      iam_auth                  = "REQUIRED"
      secret_arn                = auth.value
    }
  }

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy.proxy]
}

# The rest of the database's connections is for those who come without the proxy: migrations,
# support, and RDS itself.
resource "aws_db_proxy_default_target_group" "this" {
  db_proxy_name = aws_db_proxy.this.name

  connection_pool_config {
    max_connections_percent      = 80
    max_idle_connections_percent = 40
    connection_borrow_timeout    = var.connection_borrow_timeout_s
  }
}

resource "aws_db_proxy_target" "this" {
  db_proxy_name         = aws_db_proxy.this.name
  target_group_name     = aws_db_proxy_default_target_group.this.name
  db_cluster_identifier = var.cluster_identifier
}

# RDS would create the group itself, without an end to its retention and out of destroy's reach.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/rds/proxy/${var.name}"
  retention_in_days = var.log_retention_days
}
