# Copies of the database outside the database: RDS deletes its own backups with the cluster, and
# whoever may delete the one may delete the other. These are kept in a vault of AWS Backup.

locals {
  rules = merge(
    { daily = { schedule = "cron(0 7 * * ? *)", retention_days = var.retention.daily_days } },
    { for days in var.retention.monthly_days[*] : "monthly" => { schedule = "cron(0 12 1 * ? *)", retention_days = days } },
  )
}

# Copies of Aurora are encrypted with the cluster's own key whatever the vault's is: the vault says
# the same, and a second key would only look like a second lock.
resource "aws_backup_vault" "this" {
  name          = var.name
  kms_key_arn   = var.kms_key_arn
  force_destroy = !var.protected
}

# Governance mode: nobody deletes a copy before its time, and no rule may keep one shorter. Who may
# administer backups can take the lock off again; the other mode binds for ever.
resource "aws_backup_vault_lock_configuration" "this" {
  count = var.protected ? 1 : 0

  backup_vault_name  = aws_backup_vault.this.name
  min_retention_days = min([for rule in local.rules : rule.retention_days]...)
  max_retention_days = max([for rule in local.rules : rule.retention_days]...)
}

# The lock lets through whom it trusts; this lets through nobody, not even an administrator. To
# delete a copy all the same, somebody takes the policy away first, which CloudTrail shows.
resource "aws_backup_vault_policy" "this" {
  count = var.protected ? 1 : 0

  backup_vault_name = aws_backup_vault.this.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "KeepRecoveryPoints"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
      Resource  = "*"
    }]
  })
}

# After Aurora's own backup (02:00 to 03:00 UTC) and maintenance window, which both refuse snapshots.
resource "aws_backup_plan" "this" {
  name = var.name

  dynamic "rule" {
    for_each = local.rules

    content {
      rule_name         = rule.key
      target_vault_name = aws_backup_vault.this.name
      schedule          = rule.value.schedule
      start_window      = 60  # minutes
      completion_window = 480 # minutes

      lifecycle {
        delete_after = rule.value.retention_days
      }
    }
  }
}

resource "aws_backup_selection" "cluster" {
  name         = "cluster"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.backup.arn
  resources    = [var.cluster_arn]

  depends_on = [aws_iam_role_policy_attachment.backup]
}
