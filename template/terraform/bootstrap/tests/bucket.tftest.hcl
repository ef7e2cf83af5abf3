# Plans only: what must not be destroyed cannot be tidied up after an apply.

mock_provider "aws" {}

# A mocked provider has nothing to adopt.
override_resource {
  target = aws_s3_bucket.state
  values = {
    id  = "acme-dev-terraform-state"
    arn = "arn:aws:s3:::acme-dev-terraform-state"
  }
}

override_resource {
  target = aws_kms_key.state
  values = {
    key_id = "11111111-2222-3333-4444-555555555555"
    arn    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
  }
}

override_resource {
  target = aws_kms_alias.state
  values = {}
}

run "a_new_key_rotates_and_is_not_gone_at_once" {
  command = plan

  assert {
    condition     = aws_kms_key.state.enable_key_rotation && aws_kms_key.state.deletion_window_in_days == 30
    error_message = "The key must rotate, and must not be gone at once."
  }

  assert {
    condition     = output.key_alias == "alias/acme-dev-terraform-state"
    error_message = "The alias must be the one that backend.hcl names."
  }
}

run "states_are_kept_private_and_in_versions" {
  command = plan

  assert {
    condition     = output.bucket_name == "acme-dev-terraform-state" && aws_s3_bucket.state.bucket == var.bucket_name
    error_message = "The bucket must be the one that backend.hcl names."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.state.block_public_acls && aws_s3_bucket_public_access_block.state.block_public_policy && aws_s3_bucket_public_access_block.state.ignore_public_acls && aws_s3_bucket_public_access_block.state.restrict_public_buckets
    error_message = "Nobody may open the bucket to the public."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "An earlier state must be there to go back to."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.state.rule[0].noncurrent_version_expiration[0].noncurrent_days == 365 && aws_s3_bucket_lifecycle_configuration.state.rule[0].status == "Enabled" && aws_s3_bucket_lifecycle_configuration.state.rule[0].expiration[0].expired_object_delete_marker
    error_message = "Earlier versions must end after the days asked for, and the markers of released locks with them."
  }
}

run "a_key_that_is_there_is_adopted_and_encrypts_the_states" {
  command = plan

  variables {
    existing_key_id = "11111111-2222-3333-4444-555555555555"
  }

  assert {
    condition     = aws_kms_alias.state.target_key_id == var.existing_key_id
    error_message = "The alias must go on naming the key that is there."
  }

  assert {
    condition = alltrue([for rule in aws_s3_bucket_server_side_encryption_configuration.state.rule : (
      rule.bucket_key_enabled
      && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
      && rule.apply_server_side_encryption_by_default[0].kms_master_key_id == output.key_arn
    )])
    error_message = "The bucket must encrypt with the key of this root."
  }
}

run "plain_text_is_refused_for_everything" {
  command = plan

  assert {
    condition = jsondecode(aws_s3_bucket_policy.state.policy).Statement == [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = ["arn:aws:s3:::acme-dev-terraform-state", "arn:aws:s3:::acme-dev-terraform-state/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "The policy must refuse every action without TLS, and grant nothing."
  }
}
