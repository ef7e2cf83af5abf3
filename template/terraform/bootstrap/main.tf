# Where Terraform keeps what it knows: the bucket of the states of a stack, and its key. A root of
# its own, because the stack's root cannot start without it.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Stack       = var.stack.name
      Environment = var.environment.name
      ManagedBy   = "terraform"
    }
  }
}

locals {
  # The name that kms_key_id has in ../backend.hcl.
  key_alias = "alias/${var.bucket_name}"
}

# The bucket is there before this root's own state can be: it is adopted, never created. What is in
# the state already is not imported again.
import {
  to = aws_s3_bucket.state
  id = var.bucket_name
}

resource "aws_s3_bucket" "state" {
  bucket = var.bucket_name

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "state" {
  bucket = aws_s3_bucket.state.id

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_policy" "state" {
  bucket = aws_s3_bucket.state.id

  # A refusal may be about everything: what it forgets would be allowed.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.state.arn, "${aws_s3_bucket.state.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # Two writes to one bucket at a time are a conflict.
  depends_on = [aws_s3_bucket_public_access_block.state]
}

resource "aws_s3_bucket_versioning" "state" {
  bucket = aws_s3_bucket.state.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "state" {
  bucket = aws_s3_bucket.state.id

  rule {
    id     = "forget-old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_version_days
    }

    # Each lock that is released leaves a delete marker behind.
    expiration {
      expired_object_delete_marker = true
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.state]
}
