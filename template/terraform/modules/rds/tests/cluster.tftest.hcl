mock_provider "aws" {}

run "the_smallest_cluster_is_a_writer_alone" {
  command = plan

  assert {
    condition     = keys(aws_rds_cluster_instance.this) == ["writer"]
    error_message = "Without readers there must be the writer alone."
  }

  assert {
    condition     = aws_rds_cluster_instance.this["writer"].instance_class == "db.serverless" && !aws_rds_cluster_instance.this["writer"].publicly_accessible
    error_message = "The writer must be serverless and private."
  }
}

run "readers_have_names_that_stay_and_the_writer_is_promoted_first" {
  command = plan

  variables {
    capacity = merge(var.capacity, { readers = 2 })
  }

  assert {
    condition     = keys(aws_rds_cluster_instance.this) == ["reader-1", "reader-2", "writer"]
    error_message = "Readers must be numbered."
  }

  assert {
    condition     = aws_rds_cluster_instance.this["writer"].promotion_tier < aws_rds_cluster_instance.this["reader-1"].promotion_tier
    error_message = "The writer must come first."
  }
}

run "data_is_encrypted_and_the_password_is_nobodys" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.storage_encrypted && aws_rds_cluster.this.manage_master_user_password && aws_rds_cluster.this.iam_database_authentication_enabled
    error_message = "Storage must be encrypted, the master password RDS's own, and logins by IAM possible."
  }

  assert {
    condition     = aws_kms_key.this.enable_key_rotation
    error_message = "The key must rotate."
  }
}

run "connections_are_encrypted_and_statements_end" {
  command = plan

  assert {
    condition = alltrue([
      for name, value in {
        "rds.force_ssl"              = "1"
        "shared_preload_libraries"   = "pg_stat_statements"
        "log_min_duration_statement" = "1000"
        "log_statement"              = "ddl"
        "statement_timeout"          = "30000"
      } : contains([for parameter in aws_rds_cluster_parameter_group.this.parameter : parameter.value if parameter.name == name], value)
    ])
    error_message = "TLS must be forced, slow statements and changes of the schema logged, statements ended after 30 s, statistics loaded."
  }

  assert {
    condition     = aws_rds_cluster_parameter_group.this.family == "aurora-postgresql16"
    error_message = "The family must be the version's."
  }
}

run "the_proxys_secrets_are_empty_and_encrypted_by_the_databases_key" {
  command = apply

  override_resource {
    target = aws_kms_key.this
    values = {
      arn    = "arn:aws:kms:us-east-1:123456789012:key/1234"
      key_id = "1234"
    }
  }

  override_resource {
    target = aws_iam_role.monitoring
    values = { arn = "arn:aws:iam::123456789012:role/acme-dev-rds-monitoring" }
  }

  override_resource {
    target = aws_rds_cluster.this
    values = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:master" }] }
  }

  assert {
    condition     = { for login, secret in aws_secretsmanager_secret.proxied_login : login => secret.name } == { app_proxied = "acme-dev/database/app_proxied", service_proxied = "acme-dev/database/service_proxied" } && keys(output.proxied_login_secret_arns) == ["app_proxied", "service_proxied"]
    error_message = "There must be a secret for each of the proxy's logins."
  }

  assert {
    condition     = alltrue([for secret in aws_secretsmanager_secret.proxied_login : secret.kms_key_id == aws_kms_key.this.arn && secret.recovery_window_in_days == 0])
    error_message = "They must have the database's key, and leave no name taken where nothing is protected."
  }
}

run "the_database_is_watched" {
  command = plan

  assert {
    condition     = alltrue([for instance in aws_rds_cluster_instance.this : instance.performance_insights_enabled && instance.monitoring_interval == 60])
    error_message = "Performance Insights and Enhanced Monitoring must be on."
  }

  assert {
    condition     = aws_rds_cluster.this.enabled_cloudwatch_logs_exports == toset(["postgresql"]) && aws_cloudwatch_log_group.postgresql.retention_in_days == 30
    error_message = "The PostgreSQL log must be exported, and kept as long as asked."
  }
}

run "a_database_of_zero_capacity_pauses" {
  command = plan

  variables {
    capacity = merge(var.capacity, { min_acu = 0, seconds_until_auto_pause = 300 })
  }

  assert {
    condition     = aws_rds_cluster.this.serverlessv2_scaling_configuration[0].min_capacity == 0 && aws_rds_cluster.this.serverlessv2_scaling_configuration[0].seconds_until_auto_pause == 300
    error_message = "It must pause after 5 minutes."
  }
}

run "an_unprotected_database_goes_without_a_snapshot" {
  command = plan

  assert {
    condition     = aws_rds_cluster.this.skip_final_snapshot && !aws_rds_cluster.this.deletion_protection && aws_kms_key.this.deletion_window_in_days == 7
    error_message = "An unprotected database must go when it is told to."
  }
}

run "a_protected_database_refuses_to_go_and_leaves_a_snapshot" {
  command = apply

  variables {
    protection = {
      backup_retention_days = 35
      deletion_protection   = true
      final_snapshot        = true
    }
  }

  override_resource {
    target = aws_kms_key.this
    values = {
      arn    = "arn:aws:kms:us-east-1:123456789012:key/1234"
      key_id = "1234"
    }
  }

  override_resource {
    target = aws_iam_role.monitoring
    values = { arn = "arn:aws:iam::123456789012:role/acme-dev-rds-monitoring" }
  }

  override_resource {
    target = aws_rds_cluster.this
    values = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:master" }] }
  }

  assert {
    condition     = aws_rds_cluster.this.deletion_protection && !aws_rds_cluster.this.skip_final_snapshot && aws_rds_cluster.this.backup_retention_period == 35
    error_message = "A protected database must refuse deletion and be backed up for 35 days."
  }

  assert {
    condition     = startswith(aws_rds_cluster.this.final_snapshot_identifier, "acme-dev-final-") && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "It must leave a snapshot, and a month to save its key."
  }
}

run "refuses_a_pause_time_where_aurora_never_pauses" {
  command = plan

  variables {
    capacity = merge(var.capacity, { seconds_until_auto_pause = 300 })
  }

  expect_failures = [aws_rds_cluster.this]
}

run "refuses_zero_capacity_without_a_pause_time" {
  command = plan

  variables {
    capacity = merge(var.capacity, { min_acu = 0 })
  }

  expect_failures = [aws_rds_cluster.this]
}
