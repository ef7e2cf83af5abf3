output "bucket_name" {
  description = "The bucket of the states."
  value       = aws_s3_bucket.state.id
}

output "key_arn" {
  description = "ARN of the key the states are encrypted with: who plans or applies needs it too."
  value       = aws_kms_key.state.arn
}

output "key_alias" {
  description = "The key's alias, as ../backend.hcl names it."
  value       = aws_kms_alias.state.name
}
