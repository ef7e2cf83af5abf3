mock_provider "aws" {
  source = "../../tests/mocks"

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/acme-dev-backup" }
  }
}

run "exactly_the_cluster_is_copied_every_day" {
  command = apply

  assert {
    condition     = aws_backup_selection.cluster.resources == toset([var.cluster_arn]) && aws_backup_selection.cluster.iam_role_arn == "arn:aws:iam::123456789012:role/acme-dev-backup"
    error_message = "The cluster must be named, and copied by the service's role."
  }

  assert {
    condition     = output.retention_days == { daily = 7 } && one(aws_backup_plan.this.rule).lifecycle[0].delete_after == 7 && one(aws_backup_plan.this.rule).target_vault_name == "acme-dev"
    error_message = "A copy must be kept for as long as asked, and none by the month."
  }
}

run "an_unprotected_vault_goes_with_the_stack" {
  command = apply

  assert {
    condition     = aws_backup_vault.this.force_destroy && length(aws_backup_vault_lock_configuration.this) == 0 && length(aws_backup_vault_policy.this) == 0 && !output.locked
    error_message = "Nothing must keep the copies of a stack that nobody protects."
  }
}

run "a_protected_vault_keeps_its_copies_against_everybody" {
  command = apply

  variables {
    protected = true
    retention = { daily_days = 35, monthly_days = 365 }
  }

  assert {
    condition     = output.retention_days == { daily = 35, monthly = 365 } && { for rule in aws_backup_plan.this.rule : rule.rule_name => rule.lifecycle[0].delete_after } == { daily = 35, monthly = 365 }
    error_message = "There must be copies of a month and of a year."
  }

  assert {
    condition     = !aws_backup_vault.this.force_destroy && aws_backup_vault_lock_configuration.this[0].min_retention_days == 35 && aws_backup_vault_lock_configuration.this[0].max_retention_days == 365
    error_message = "The lock must admit what the rules ask for, and nothing shorter."
  }

  assert {
    condition     = aws_backup_vault_lock_configuration.this[0].changeable_for_days == null
    error_message = "The lock must be one that can be taken off again."
  }

  assert {
    condition     = jsondecode(aws_backup_vault_policy.this[0].policy).Statement[0].Effect == "Deny" && contains(jsondecode(aws_backup_vault_policy.this[0].policy).Statement[0].Action, "backup:DeleteRecoveryPoint")
    error_message = "Nobody must delete a copy."
  }
}

run "a_failed_backup_is_told" {
  command = apply

  assert {
    condition     = { for fault, alarm in aws_cloudwatch_metric_alarm.fault : fault => "${alarm.metric_name} ${alarm.dimensions.BackupVaultName}" } == { failed = "NumberOfBackupJobsFailed acme-dev", expired = "NumberOfBackupJobsExpired acme-dev" } && alltrue([for alarm in aws_cloudwatch_metric_alarm.fault : alarm.alarm_actions == var.alarm_actions])
    error_message = "Somebody must hear of a backup that failed, and of one that never began."
  }

  assert {
    condition     = output.alarm_names == { failed = "acme-dev-backup-failed", expired = "acme-dev-backup-expired" }
    error_message = "The alarms must be named after the stack."
  }
}
