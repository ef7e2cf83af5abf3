# What an apply changes where data is: the database, keys, the artifacts.

locals {
  storage = [
    {
      Sid    = "ChangeDatabase"
      Effect = "Allow"
      Action = [
        "rds:AddTagsToResource", "rds:CreateDBCluster", "rds:CreateDBClusterParameterGroup",
        "rds:CreateDBClusterSnapshot", "rds:CreateDBInstance", "rds:CreateDBSubnetGroup", "rds:DeleteDBCluster",
        "rds:DeleteDBClusterParameterGroup", "rds:DeleteDBInstance", "rds:DeleteDBSubnetGroup", "rds:ModifyDBCluster",
        "rds:ModifyDBClusterParameterGroup", "rds:ModifyDBInstance", "rds:ModifyDBSubnetGroup", "rds:RebootDBInstance",
        "rds:RemoveTagsFromResource", "rds:ResetDBClusterParameterGroup",
      ]
      Resource = concat(local.database_arns, [
        "${local.arn["rds"]}:cluster-snapshot:${var.name}-final-*", "${local.arn["rds"]}:og:default*", "${local.arn["rds"]}:pg:default*",
      ])
    },
    {
      # RDS makes the master user's secret with the rights of whoever makes the cluster.
      Sid      = "LetDatabaseKeepItsSecret"
      Effect   = "Allow"
      Action   = ["secretsmanager:CreateSecret", "secretsmanager:DescribeSecret", "secretsmanager:RotateSecret", "secretsmanager:TagResource"]
      Resource = "${local.arn["secretsmanager"]}:secret:rds!cluster-*"
    },
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
      # RDS, and the secret it keeps, take a key on behalf of whoever names it to them.
      Sid      = "HandKeysToServices"
      Effect   = "Allow"
      Action   = ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"]
      Resource = "${local.arn["kms"]}:key/*"
      Condition = merge(local.of_this_stack, {
        StringLike = { "kms:ViaService" = [for service in ["rds", "secretsmanager"] : "${service}.${var.account.region}.amazonaws.com"] }
      })
    },
    {
      Sid    = "ChangeArtifactBucket"
      Effect = "Allow"
      Action = [
        "s3:CreateBucket", "s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy",
        "s3:PutBucketPublicAccessBlock", "s3:PutBucketTagging",
      ]
      Resource = local.artifacts_arn
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
      # Emptying the bucket before it is deleted.
      Sid      = "ListArtifactVersions"
      Effect   = "Allow"
      Action   = ["s3:ListBucketVersions"]
      Resource = local.artifacts_arn
    },
  ]
}
