# Whoever is told the endpoint finds a target behind it and an open way to it.
output "endpoint" {
  description = "Host name of the proxy, once it has its target."
  value       = aws_db_proxy.this.endpoint

  depends_on = [
    aws_db_proxy_target.this,
    aws_vpc_security_group_egress_rule.function_to_proxy,
    aws_vpc_security_group_ingress_rule.proxy_from_function,
    aws_vpc_security_group_egress_rule.proxy_to_database,
    aws_vpc_security_group_ingress_rule.database_from_proxy,
  ]
}

output "port" {
  description = "Port the proxy listens on."
  value       = local.port
}

output "resource_id" {
  description = "Id of the proxy (prx-...), which rds-db:connect is granted on."
  value       = element(split(":", aws_db_proxy.this.arn), 6)
}

output "name" {
  description = "Name of the proxy, by which its metrics are found."
  value       = aws_db_proxy.this.name
}

output "alarm_names" {
  description = "Names of the alarms, by what they watch."
  value = {
    pinned         = aws_cloudwatch_metric_alarm.pinned.alarm_name
    borrow_latency = aws_cloudwatch_metric_alarm.borrow_latency.alarm_name
  }
}
