# A role is handed out with its policy in place: Lambda refuses a VPC configuration, and an event
# source mapping its queue, until the role may use them.
output "function_role_arns" {
  description = "ARNs of the execution roles, by function key."
  value       = { for key, role in aws_iam_role.function : key => role.arn }

  depends_on = [aws_iam_role_policy.function]
}

output "api_gateway_role_arn" {
  description = "ARN of the role API Gateway logs with; null where another stack owns the setting."
  value       = one(aws_iam_role.api_gateway[*].arn)

  depends_on = [aws_iam_role_policy_attachment.api_gateway]
}
