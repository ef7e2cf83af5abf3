mock_provider "aws" {
  source = "../../tests/mocks"
}

run "files_are_forgotten_private_and_fetched_over_tls" {
  command = apply

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 1
    error_message = "A file must be deleted after its time."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.this.block_public_policy && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    error_message = "Nobody may open the bucket to the public."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The bucket must refuse plain text."
  }
}
