# What an apply changes in the database, the way to it, and its copies.

locals {
  proxy_arns = [for kind in ["db-proxy", "target-group"] : "${local.arn["rds"]}:${kind}:*"]

  database = [
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
      # Made empty: who fills them is the migrate function, or the stack's owner.
      Sid    = "ChangeSecrets"
      Effect = "Allow"
      Action = [
        "secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:TagResource",
        "secretsmanager:UntagResource", "secretsmanager:UpdateSecret",
      ]
      Resource = local.secrets_arn
    },
    {
      # AWS names no resource in the request that makes a proxy.
      Sid       = "MakeProxy"
      Effect    = "Allow"
      Action    = ["rds:CreateDBProxy"]
      Resource  = "*"
      Condition = local.for_the_stack
    },
    {
      Sid       = "ChangeProxy"
      Effect    = "Allow"
      Action    = ["rds:AddTagsToResource", "rds:DeleteDBProxy", "rds:ModifyDBProxy", "rds:RemoveTagsFromResource"]
      Resource  = local.proxy_arns
      Condition = local.of_this_stack
    },
    {
      # A target group has no tags of its own.
      Sid      = "PutProxyBeforeDatabase"
      Effect   = "Allow"
      Action   = ["rds:DeregisterDBProxyTargets", "rds:ModifyDBProxyTargetGroup", "rds:RegisterDBProxyTargets"]
      Resource = concat(local.proxy_arns, local.database_arns)
    },
    {
      Sid    = "ChangeVault"
      Effect = "Allow"
      Action = [
        "backup:CreateBackupVault", "backup:DeleteBackupVault", "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration", "backup:DeleteRecoveryPoint", "backup:ListRecoveryPointsByBackupVault",
        "backup:PutBackupVaultAccessPolicy", "backup:PutBackupVaultLockConfiguration", "backup:TagResource",
        "backup:UntagResource",
      ]
      Resource = local.vault_arn
    },
    {
      # A plan has no name before it is made.
      Sid       = "MakeBackupPlan"
      Effect    = "Allow"
      Action    = ["backup:CreateBackupPlan", "backup:TagResource"]
      Resource  = local.backup_plans_arn
      Condition = local.for_the_stack
    },
    {
      Sid    = "ChangeBackupPlan"
      Effect = "Allow"
      Action = [
        "backup:CreateBackupSelection", "backup:DeleteBackupPlan", "backup:DeleteBackupSelection",
        "backup:TagResource", "backup:UntagResource", "backup:UpdateBackupPlan",
      ]
      Resource  = local.backup_plans_arn
      Condition = local.of_this_stack
    },
    {
      # A vault with a key of its own needs it; AWS takes no resource.
      Sid      = "EncryptVault"
      Effect   = "Allow"
      Action   = ["backup-storage:MountCapsule"]
      Resource = "*"
    },
  ]
}
