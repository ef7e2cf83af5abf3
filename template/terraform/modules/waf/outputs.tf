output "web_acl_arn" {
  description = "ARN of the web ACL."
  value       = aws_wafv2_web_acl.this.arn
}

output "web_acl_name" {
  description = "Name of the web ACL, by which its metrics are told apart."
  value       = aws_wafv2_web_acl.this.name
}

output "log_group_name" {
  description = "Name of the group of evaluated requests."
  value       = aws_cloudwatch_log_group.this.name
}

output "log_retention_days" {
  description = "Days evaluated requests are kept."
  value       = aws_cloudwatch_log_group.this.retention_in_days
}

output "alarm_arn" {
  description = "ARN of the alarm on blocked requests."
  value       = aws_cloudwatch_metric_alarm.blocked.arn
}

output "rules" {
  description = "Rules by name: their priority, and what a match leads to (block, or count)."
  value = {
    for rule in aws_wafv2_web_acl.this.rule : rule.name => {
      priority = rule.priority
      match    = try(length(rule.override_action[0].count), 0) > 0 ? "count" : "block"
    }
  }
}

output "rate_limit" {
  description = "Requests per address and 5 minutes from which on the address is blocked."
  value       = one([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].rate_based_statement[0].limit if rule.name == "rate-limit"])
}

output "excluded_rules" {
  description = "Managed rules that are only counted, by group."
  value       = var.excluded_rules
}
