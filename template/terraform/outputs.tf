output "name" {
  description = "Prefix of every name: stack and environment."
  value       = local.name
}

output "region" {
  description = "AWS region the stack is in."
  value       = local.account.region
}

output "api_url" {
  description = "Address the API's paths begin at; they continue with /v1."
  value       = module.api.url
}

output "rest_api_id" {
  description = "Id of the REST API."
  value       = module.api.rest_api_id
}

output "user_pool_id" {
  description = "Id of the user pool."
  value       = module.auth.user_pool_id
}

output "user_pool_client_id" {
  description = "Id of the web application's client."
  value       = module.auth.app_client_id
}

output "hosted_ui_url" {
  description = "Address of the sign-in page."
  value       = "https://${module.auth.domain_prefix}.auth.${local.account.region}.amazoncognito.com"
}

output "token_url" {
  description = "Where machines get their tokens: OAuth's token endpoint."
  value       = "https://${module.auth.domain_prefix}.auth.${local.account.region}.amazoncognito.com/oauth2/token"
}

output "operator_tenant_id" {
  description = "Tenant of the company that runs the stack."
  value       = local.operator_tenant_id
}

output "dedicated_tenant_id" {
  description = "The one tenant of a dedicated stack; null in a pooled one."
  value       = local.dedicated_tenant_id
}

output "admin_email" {
  description = "Address of the first administrator."
  value       = var.stack.admin_email
}

output "events_topic_arn" {
  description = "ARN of the topic of domain events."
  value       = module.events.topic_arn
}

output "queue_urls" {
  description = "URLs of the queues, by consumer."
  value       = module.events.queue_urls
}

output "dead_letter_queue_urls" {
  description = "URLs of the dead-letter queues, by consumer."
  value       = module.events.dead_letter_queue_urls
}

output "dead_letter_queue_names" {
  description = "Names of all dead-letter queues, by the key that `saasgen redrive` takes."
  value       = local.dead_letter_queue_names
}

output "failure_queue_url" {
  description = "URL of the queue of failed asynchronous invocations."
  value       = module.functions.failure_queue_url
}

output "function_names" {
  description = "Names of the functions, by key."
  value       = module.functions.function_names
}

output "migrate_function_name" {
  description = "Name of the function that migrates the database."
  value       = module.functions.function_names["migrate"]
}

output "schedule_names" {
  description = "Names of the schedules, by function key."
  value       = module.schedules.schedule_names
}

output "database_endpoint" {
  description = "Host name of the database's writer."
  value       = module.rds.endpoint
}

output "database_port" {
  description = "Port of the database."
  value       = module.rds.port
}

output "database_name" {
  description = "Name of the database."
  value       = module.rds.database_name
}

output "database_master_secret_arn" {
  description = "ARN of the master user's secret."
  value       = module.rds.master_secret_arn
}

output "payment_secret_name" {
  description = "Name of the secret to fill with the payment provider's key; null where invoices are paid by hand."
  value       = one([for secret in module.payment_secret : secret.name])
}

output "backup_vault_name" {
  description = "Name of the vault that copies of the database are kept in."
  value       = module.backup.vault_name
}

output "email_dns_records" {
  description = "DNS records to create before the stack can send mail from its domain."
  value       = module.email.dns_records
}

output "nat_public_ips" {
  description = "Addresses the functions' outgoing connections come from, by zone."
  value       = module.vpc.nat_public_ips
}

output "alert_topic_arns" {
  description = "ARNs of the topics that alarms notify, by severity: critical, warning, info."
  value       = module.observability.topic_arns
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = module.observability.dashboard_name
}

output "firewall_log_group_name" {
  description = "Name of the group of requests the firewall evaluated; null where the stack has no firewall."
  value       = one([for firewall in module.waf : firewall.log_group_name])
}

output "ci_role_arns" {
  description = "ARNs of the roles of the stack's GitHub workflows, by what they are for (plan, apply); null where it has none."
  value       = one([for ci in module.ci_role : ci.role_arns])
}
