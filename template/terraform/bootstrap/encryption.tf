# The key the states are encrypted with.

# A key that an interrupted run left behind, or whose state was lost, is adopted by its alias.
import {
  for_each = toset(var.existing_key_id == null ? [] : [var.existing_key_id])
  to       = aws_kms_key.state
  id       = each.value
}

import {
  for_each = toset(var.existing_key_id == null ? [] : [local.key_alias])
  to       = aws_kms_alias.state
  id       = each.value
}

# The default key policy: the account decides by IAM who reads states.
resource "aws_kms_key" "state" {
  description             = "Terraform state in ${var.bucket_name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "state" {
  name          = local.key_alias
  target_key_id = aws_kms_key.state.key_id
}

resource "aws_s3_bucket_server_side_encryption_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.state.arn
    }
  }
}
