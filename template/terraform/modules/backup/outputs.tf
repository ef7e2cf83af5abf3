output "vault_name" {
  description = "Name of the vault."
  value       = aws_backup_vault.this.name
}

output "vault_arn" {
  description = "ARN of the vault."
  value       = aws_backup_vault.this.arn
}

output "retention_days" {
  description = "Days that copies are kept, by rule: daily, monthly."
  value       = { for name, rule in local.rules : name => rule.retention_days }
}

output "locked" {
  description = "Whether copies cannot be deleted before their time."
  value       = var.protected
}

output "alarm_names" {
  description = "Names of the alarms, by the fault they tell of."
  value       = { for fault, alarm in aws_cloudwatch_metric_alarm.fault : fault => alarm.alarm_name }
}
