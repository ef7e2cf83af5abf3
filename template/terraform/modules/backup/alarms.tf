# A backup that failed, or that AWS Backup could not begin in time, is found out the same day and not
# at the restore.

locals {
  faults = {
    failed  = { metric = "NumberOfBackupJobsFailed", what = "has failed" }
    expired = { metric = "NumberOfBackupJobsExpired", what = "did not begin in time" }
  }
}

resource "aws_cloudwatch_metric_alarm" "fault" {
  for_each = local.faults

  alarm_name          = "${var.name}-backup-${each.key}"
  alarm_description   = "A backup of the database of ${var.name} ${each.value.what}: AWS Backup's list of jobs says why."
  namespace           = "AWS/Backup"
  metric_name         = each.value.metric
  dimensions          = { BackupVaultName = aws_backup_vault.this.name }
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 3600
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # AWS Backup reports nothing while nothing happens
  alarm_actions       = var.alarm_actions
}
