output "role_arns" {
  description = "ARNs of the roles, by what they are for: plan, apply."
  value       = { for purpose, role in aws_iam_role.this : purpose => role.arn }

  depends_on = [aws_iam_role_policy_attachment.this]
}

output "permissions_boundary_arn" {
  description = "ARN of the boundary that the stack's roles must have: the workflows may make no other."
  value       = aws_iam_policy.boundary.arn
}
