# Aurora Serverless v2, PostgreSQL. Reached from the functions' security group alone, over TLS
# alone, by IAM tokens; the master password belongs to RDS, which keeps and rotates it.

locals {
  # The writer and the readers by a name that stays: removing one reader touches no other.
  instances = merge(
    { writer = { promotion_tier = 0 } },
    { for number in range(1, var.capacity.readers + 1) : "reader-${number}" => { promotion_tier = 1 } },
  )

  # Aurora rejects the setting unless it may pause.
  pauses = var.capacity.min_acu == 0
}

resource "aws_kms_key" "this" {
  description             = "Database of ${var.name}: storage, secrets, Performance Insights"
  enable_key_rotation     = true
  deletion_window_in_days = var.protection.deletion_protection ? 30 : 7
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}-database"
  target_key_id = aws_kms_key.this.key_id
}

# RDS would create the group itself, without an end to its retention and out of destroy's reach.
resource "aws_cloudwatch_log_group" "postgresql" {
  name              = "/aws/rds/cluster/${var.name}/postgresql"
  retention_in_days = var.log_retention_days
}

resource "aws_rds_cluster" "this" {
  cluster_identifier = var.name
  engine             = "aurora-postgresql"
  engine_mode        = "provisioned" # what Serverless v2 calls itself

  # The major version only: the minor one moves in the maintenance window.
  engine_version = var.postgresql_version

  database_name   = var.database_name
  master_username = var.master_username
  port            = var.port

  manage_master_user_password         = true
  master_user_secret_kms_key_id       = aws_kms_key.this.key_id
  iam_database_authentication_enabled = true

  storage_encrypted = true
  kms_key_id        = aws_kms_key.this.arn

  db_subnet_group_name            = var.subnet_group_name
  vpc_security_group_ids          = [var.security_group_id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this.name

  enabled_cloudwatch_logs_exports = ["postgresql"]

  backup_retention_period      = var.protection.backup_retention_days
  preferred_backup_window      = "02:00-03:00"
  preferred_maintenance_window = "sun:04:00-sun:05:00"
  copy_tags_to_snapshot        = true
  deletion_protection          = var.protection.deletion_protection
  skip_final_snapshot          = !var.protection.final_snapshot

  # The key is another one after destroy and apply, and so the name of the snapshot is free again.
  final_snapshot_identifier = var.protection.final_snapshot ? "${var.name}-final-${substr(sha256(aws_kms_key.this.key_id), 0, 8)}" : null

  serverlessv2_scaling_configuration {
    min_capacity             = var.capacity.min_acu
    max_capacity             = var.capacity.max_acu
    seconds_until_auto_pause = local.pauses ? var.capacity.seconds_until_auto_pause : null
  }

  lifecycle {
    precondition {
      condition     = local.pauses == (var.capacity.seconds_until_auto_pause != null)
      error_message = "capacity.seconds_until_auto_pause belongs to capacity.min_acu = 0, and to nothing else."
    }
  }

  depends_on = [aws_cloudwatch_log_group.postgresql]
}

resource "aws_rds_cluster_instance" "this" {
  for_each = local.instances

  identifier         = "${var.name}-${each.key}"
  cluster_identifier = aws_rds_cluster.this.id
  engine             = aws_rds_cluster.this.engine
  engine_version     = aws_rds_cluster.this.engine_version
  instance_class     = "db.serverless"
  promotion_tier     = each.value.promotion_tier

  db_subnet_group_name = var.subnet_group_name
  publicly_accessible  = false

  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true

  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.this.arn
  performance_insights_retention_period = 7 # days; the longest that is free

  monitoring_interval = 60 # seconds
  monitoring_role_arn = aws_iam_role.monitoring.arn
}
