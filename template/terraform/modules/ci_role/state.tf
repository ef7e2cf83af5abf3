# The state: a plan reads it, an apply locks and writes it, and nobody reads another one in its bucket.

locals {
  state_bucket_arn = "arn:${var.account.partition}:s3:::${var.state.bucket}"
  state_arn        = "${local.state_bucket_arn}/${var.state.key}"
  state_keys_arn   = "arn:${var.account.partition}:kms:${var.state.region}:${var.account.id}:key/*"

  # The bucket's key by its alias, and only as S3 uses it.
  with_the_state = {
    StringEquals               = { "kms:ViaService" = "s3.${var.state.region}.amazonaws.com" }
    "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.state.kms_key_id }
  }

  state = {
    state_reading = [
      {
        Sid      = "FindState"
        Effect   = "Allow"
        Action   = ["s3:ListBucket"]
        Resource = local.state_bucket_arn
      },
      {
        Sid      = "ReadState"
        Effect   = "Allow"
        Action   = ["s3:GetObject"]
        Resource = local.state_arn
      },
      {
        Sid       = "DecryptState"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = local.state_keys_arn
        Condition = local.with_the_state
      },
    ]

    state_writing = [
      {
        Sid      = "WriteState"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = local.state_arn
      },
      {
        Sid      = "LockState"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        Resource = "${local.state_arn}.tflock"
      },
      {
        Sid       = "EncryptState"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey"]
        Resource  = local.state_keys_arn
        Condition = local.with_the_state
      },
    ]
  }
}
