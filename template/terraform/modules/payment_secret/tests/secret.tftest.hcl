mock_provider "aws" {
  source = "../../tests/mocks"
}

run "the_secret_is_encrypted_with_a_key_of_its_own_that_rotates" {
  command = apply

  assert {
    condition     = aws_secretsmanager_secret.this.kms_key_id == aws_kms_key.this.arn && aws_kms_key.this.enable_key_rotation && output.kms_key_arn == aws_kms_key.this.arn
    error_message = "Who reads the secret must be a matter of its key, too."
  }

  assert {
    condition     = output.name == "acme-dev/payments/stripe" && aws_secretsmanager_secret.this.recovery_window_in_days == 0
    error_message = "An owner must find the secret by its name, and a stack that goes must take it along."
  }
}

run "a_protected_secret_can_be_had_back" {
  command = plan

  variables {
    key_deletion_window_days = 30
    recovery_window_days     = 30
  }

  assert {
    condition     = aws_secretsmanager_secret.this.recovery_window_in_days == 30 && aws_kms_key.this.deletion_window_in_days == 30
    error_message = "Secret and key must stay as long as each other."
  }
}
