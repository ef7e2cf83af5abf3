# What an apply changes where data is beside the database: keys, the artifacts.

locals {
  storage = [
    {
      # Its own keys only. To make one is an operator's: whoever may tag a key that is being made may
      # tag every other key of the account, and so take it.
      Sid    = "ChangeKeys"
      Effect = "Allow"
      Action = [
        "kms:CreateAlias", "kms:DeleteAlias", "kms:DisableKeyRotation", "kms:EnableKeyRotation", "kms:PutKeyPolicy",
        "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
      ]
      Resource  = "${local.arn["kms"]}:key/*"
      Condition = local.of_this_stack
    },
    {
      Sid      = "NameKeys"
      Effect   = "Allow"
      Action   = ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"]
      Resource = "${local.arn["kms"]}:alias/${var.name}-*"
    },
    {
      # RDS, secrets and vaults take a key on behalf of whoever names it to them.
      Sid      = "HandKeysToServices"
      Effect   = "Allow"
      Action   = ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey", "kms:RetireGrant"]
      Resource = "${local.arn["kms"]}:key/*"
      Condition = merge(local.of_this_stack, {
        StringLike = { "kms:ViaService" = [for service in ["backup", "rds", "secretsmanager"] : "${service}.${var.account.region}.amazonaws.com"] }
      })
    },
    {
      Sid    = "ChangeBuckets"
      Effect = "Allow"
      Action = [
        "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging", "s3:PutEncryptionConfiguration",
        "s3:PutLifecycleConfiguration",
      ]
      Resource = [local.artifacts_arn, local.exports_arn]
    },
    {
      Sid    = "ChangeArtifacts"
      Effect = "Allow"
      Action = [
        "s3:DeleteObject", "s3:DeleteObjectTagging", "s3:DeleteObjectVersion", "s3:PutObject", "s3:PutObjectTagging",
      ]
      Resource = "${local.artifacts_arn}/*"
    },
    {
      # Emptying the buckets before they are deleted.
      Sid      = "ListVersions"
      Effect   = "Allow"
      Action   = ["s3:ListBucketVersions"]
      Resource = [local.artifacts_arn, local.exports_arn]
    },
    {
      Sid      = "EmptyExports"
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      Resource = "${local.exports_arn}/*"
    },
  ]
}
