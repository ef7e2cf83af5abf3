output "user_pool_id" {
  description = "Id of the user pool."
  value       = aws_cognito_user_pool.this.id
}

output "user_pool_arn" {
  description = "ARN of the user pool."
  value       = aws_cognito_user_pool.this.arn
}

output "app_client_id" {
  description = "Id of the web application's client."
  value       = aws_cognito_user_pool_client.app.id
}

output "domain_prefix" {
  description = "Prefix of the sign-in page's address."
  value       = aws_cognito_user_pool_domain.this.domain
}

output "protection" {
  description = "Whether the pool may be deleted, whether it requires MFA (ON) or offers it, and what it does about threats."
  value = {
    deletion_protection = aws_cognito_user_pool.this.deletion_protection == "ACTIVE"
    mfa                 = aws_cognito_user_pool.this.mfa_configuration
    threats             = var.threat_protection
  }
}
