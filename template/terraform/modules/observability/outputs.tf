output "topic_arns" {
  description = "ARNs of the alert topics, by severity: critical, warning, info."
  value       = { for severity, topic in aws_sns_topic.this : severity => topic.arn }
}

output "kms_key_arn" {
  description = "ARN of the alert topics' key."
  value       = aws_kms_key.this.arn
}

output "dashboard_name" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "query_names" {
  description = "Names of the saved queries."
  value       = sort(values(aws_cloudwatch_query_definition.this)[*].name)
}

output "traced_share" {
  description = "Share of the requests to the API whose trace is kept, of 1."
  value       = aws_xray_sampling_rule.api.fixed_rate
}

output "alarm_names" {
  description = "Names of the alarms, by what they watch."
  value = {
    function_error_rate    = sort(values(aws_cloudwatch_metric_alarm.function_error_rate)[*].alarm_name)
    function_throttles     = sort(values(aws_cloudwatch_metric_alarm.function_throttles)[*].alarm_name)
    function_spillover     = sort(values(aws_cloudwatch_metric_alarm.function_spillover)[*].alarm_name)
    figures                = sort(values(aws_cloudwatch_metric_alarm.figure)[*].alarm_name)
    api_server_errors      = [aws_cloudwatch_metric_alarm.api_server_errors.alarm_name]
    api_latency_anomaly    = [aws_cloudwatch_metric_alarm.api_latency_anomaly.alarm_name]
    database_cpu           = sort(values(aws_cloudwatch_metric_alarm.database_cpu)[*].alarm_name)
    database_connections   = sort(values(aws_cloudwatch_metric_alarm.database_connections)[*].alarm_name)
    database_local_storage = sort(values(aws_cloudwatch_metric_alarm.database_local_storage)[*].alarm_name)
    slow_by_database       = [aws_cloudwatch_composite_alarm.slow_by_database.alarm_name]
  }
}

output "receivers" {
  description = "How each receiver is told, by its name and severity, such as on_call/critical."
  value       = { for receiver, subscription in aws_sns_topic_subscription.this : receiver => subscription.protocol }
}
