# What opens the account of a payment provider. The secret is made empty and its owner fills it, so
# that no key is ever in a state; a key of its own says who may read it.

resource "aws_kms_key" "this" {
  description             = "Payment secret of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}-payments"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_secretsmanager_secret" "this" {
  name                    = "${var.name}/payments/${var.provider_name}"
  description             = "Key and webhook secrets of ${var.name} at ${var.provider_name}: {\"apiKey\": ..., \"webhookSecrets\": [...]}"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.recovery_window_days
}
