# What the stack's roles may do at most, whatever a policy of theirs says: use what the stack consists
# of. It grants nothing, and none of it changes who may do what.

locals {
  boundary_arn = "${local.policies_arn}/${var.name}-ci-boundary"
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-ci-boundary"
  description = "The most that roles of ${var.name} may do"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Boundary"
        Effect = "Allow"
        Action = [
          "backup:CopyIntoBackupVault", "backup:DescribeBackupVault",
          "cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser",
          "cognito-idp:AdminDisableUser", "cognito-idp:AdminEnableUser", "cognito-idp:AdminGetUser",
          "cognito-idp:AdminListGroupsForUser", "cognito-idp:AdminRemoveUserFromGroup",
          "cognito-idp:AdminSetUserPassword", "cognito-idp:AdminUserGlobalSignOut",
          "cognito-idp:CreateUserPoolClient", "cognito-idp:DeleteUserPoolClient",
          "cognito-idp:DescribeUserPoolClient",
          "ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
          "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses",
          "events:PutEvents",
          "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey",
          "lambda:InvokeFunction",
          "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams",
          "logs:FilterLogEvents", "logs:GetLogEvents", "logs:PutLogEvents", "logs:PutRetentionPolicy",
          "rds-db:connect",
          "rds:AddTagsToResource", "rds:CopyDBClusterSnapshot", "rds:CreateDBClusterSnapshot",
          "rds:DeleteDBClusterSnapshot", "rds:DescribeDBClusters", "rds:DescribeDBClusterSnapshots",
          "rds:ListTagsForResource",
          "s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject",
          "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
          "ses:SendEmail", "ses:SendRawEmail",
          "sns:Publish",
          "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
          "sqs:ReceiveMessage", "sqs:SendMessage",
          "tag:GetResources",
          "xray:PutTelemetryRecords", "xray:PutTraceSegments",
        ]
        Resource = "*"
      },
      {
        # AWS Backup lets RDS encrypt a copy with the cluster's key.
        Sid       = "BoundaryOfGrants"
        Effect    = "Allow"
        Action    = ["kms:CreateGrant"]
        Resource  = "*"
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ]
  })
}
