output "functions" {
  description = "What a caller needs of each function, by key: its name and the alias to call."
  value = {
    for key, alias in aws_lambda_alias.live : key => {
      name      = alias.function_name
      alias     = alias.name
      alias_arn = alias.arn
    }
  }
}

output "function_names" {
  description = "Names of the functions, by key."
  value       = { for key, function in aws_lambda_function.this : key => function.function_name }
}

output "alias_arns" {
  description = "ARNs of the aliases `live`, by function key."
  value       = { for key, alias in aws_lambda_alias.live : key => alias.arn }
}

output "log_group_names" {
  description = "Names of the log groups, by function key."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.name }
}

output "provisioned_concurrency" {
  description = "Bounds of the environments kept warm, by key of the functions that have any."
  value       = { for key, target in aws_appautoscaling_target.this : key => { minimum = target.min_capacity, maximum = target.max_capacity } }
}

output "reserved_concurrency" {
  description = "Concurrency kept for each function that has a share of its own, by function key."
  value       = { for key, function in aws_lambda_function.this : key => function.reserved_concurrent_executions if function.reserved_concurrent_executions >= 0 }
}

output "failure_queue_arn" {
  description = "ARN of the queue of failed asynchronous invocations."
  value       = module.failure_queue.arn
}

output "failure_queue_url" {
  description = "URL of the queue of failed asynchronous invocations."
  value       = module.failure_queue.url
}

output "log_retention_days" {
  description = "Days each function's log is kept, by function key."
  value       = { for key, group in aws_cloudwatch_log_group.this : key => group.retention_in_days }
}
