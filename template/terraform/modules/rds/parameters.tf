resource "aws_rds_cluster_parameter_group" "this" {
  name        = "${var.name}-postgresql${var.postgresql_version}"
  family      = "aurora-postgresql${var.postgresql_version}"
  description = "Forced TLS, slow-query log, statement statistics, time limits"

  parameter {
    name         = "rds.force_ssl"
    value        = "1"
    apply_method = "pending-reboot"
  }

  parameter {
    name         = "shared_preload_libraries"
    value        = "pg_stat_statements"
    apply_method = "pending-reboot"
  }

  # Milliseconds, as all below. Slower statements are logged with their text.
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }

  # Changes of the schema, whoever makes them. No statement of ours holds a password.
  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  # The last line of defence; functions set 8 s for themselves.
  parameter {
    name  = "statement_timeout"
    value = "30000"
  }

  # A function frozen inside a transaction must not hold its locks for long.
  parameter {
    name  = "idle_in_transaction_session_timeout"
    value = "60000"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  parameter {
    name  = "log_lock_waits"
    value = "1"
  }

  lifecycle {
    create_before_destroy = true # another major version is another group
  }
}
