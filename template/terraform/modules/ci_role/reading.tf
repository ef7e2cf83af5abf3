# What a plan reads: the settings of what the stack consists of. Of its data nothing but the artifacts,
# which Terraform compares, and the administrator it invites. Both roles have it.

locals {
  reading = {
    reading = [
      {
        # None of these takes a resource, or only ids that a plan does not know.
        Sid    = "ReadSettings"
        Effect = "Allow"
        Action = [
          "application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies",
          "cognito-idp:DescribeUserPoolDomain",
          "ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones",
          "ec2:DescribeFlowLogs", "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways",
          "ec2:DescribeNetworkAcls", "ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists",
          "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups",
          "ec2:DescribeSubnets", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs",
          "kms:ListAliases",
          "logs:DescribeLogGroups", "logs:DescribeQueryDefinitions",
          "sns:GetSubscriptionAttributes",
          "xray:GetSamplingRules", "xray:ListResourcePolicies",
        ]
        Resource = "*"
      },
      {
        Sid      = "ReadApi"
        Effect   = "Allow"
        Action   = ["apigateway:GET"]
        Resource = [for path in ["account", "restapis", "restapis/*", "tags/*"] : "${local.rest_apis_arn}/${path}"]
      },
      {
        Sid      = "ReadAlarms"
        Effect   = "Allow"
        Action   = ["cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource"]
        Resource = ["${local.arn["cloudwatch"]}:alarm:*", "${local.dashboards_arn}/${var.name}-*"]
      },
      {
        Sid    = "ReadUserPool"
        Effect = "Allow"
        Action = [
          "cognito-idp:AdminGetUser", "cognito-idp:AdminListGroupsForUser", "cognito-idp:DescribeResourceServer",
          "cognito-idp:DescribeRiskConfiguration", "cognito-idp:DescribeUserPool",
          "cognito-idp:DescribeUserPoolClient", "cognito-idp:GetGroup", "cognito-idp:GetUserPoolMfaConfig",
        ]
        Resource  = "${local.arn["cognito-idp"]}:userpool/*"
        Condition = local.of_this_stack
      },
      {
        Sid    = "ReadRoles"
        Effect = "Allow"
        Action = [
          "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole", "iam:ListPolicyVersions", "iam:ListRolePolicies",
        ]
        Resource = ["${local.roles_arn}/${var.name}-*", "${local.policies_arn}/${var.name}-*"]
      },
      {
        Sid      = "ReadIdentityProvider"
        Effect   = "Allow"
        Action   = ["iam:GetOpenIDConnectProvider"]
        Resource = local.provider_arn
      },
      {
        Sid       = "ReadKeys"
        Effect    = "Allow"
        Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
        Resource  = "${local.arn["kms"]}:key/*"
        Condition = local.of_this_stack
      },
      {
        Sid    = "ReadFunctions"
        Effect = "Allow"
        Action = [
          "lambda:GetAlias", "lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig",
          "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig",
          "lambda:GetLayerVersion", "lambda:GetPolicy", "lambda:GetProvisionedConcurrencyConfig", "lambda:ListTags",
          "lambda:ListVersionsByFunction",
        ]
        Resource = local.function_arns
      },
      {
        Sid       = "ReadEventSources"
        Effect    = "Allow"
        Action    = ["lambda:GetEventSourceMapping"]
        Resource  = "${local.arn["lambda"]}:event-source-mapping:*"
        Condition = local.of_functions
      },
      {
        Sid      = "ReadEventSourceTags"
        Effect   = "Allow"
        Action   = ["lambda:ListTags"]
        Resource = "${local.arn["lambda"]}:event-source-mapping:*"
      },
    ]

    reading_data = [
      {
        Sid      = "ReadLogGroups"
        Effect   = "Allow"
        Action   = ["logs:DescribeMetricFilters", "logs:DescribeSubscriptionFilters", "logs:ListTagsForResource"]
        Resource = local.log_group_arns
      },
      {
        Sid    = "ReadDatabase"
        Effect = "Allow"
        Action = [
          "rds:DescribeDBClusterParameterGroups", "rds:DescribeDBClusterParameters", "rds:DescribeDBClusters",
          "rds:DescribeDBInstances", "rds:DescribeDBSubnetGroups", "rds:ListTagsForResource",
        ]
        Resource = local.database_arns
      },
      {
        # A proxy is known by an id.
        Sid    = "ReadProxies"
        Effect = "Allow"
        Action = [
          "rds:DescribeDBProxies", "rds:DescribeDBProxyTargetGroups", "rds:DescribeDBProxyTargets",
          "rds:ListTagsForResource",
        ]
        Resource = local.proxy_arns
      },
      {
        # Not their values.
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy"]
        Resource = local.secrets_arn
      },
      {
        Sid    = "ReadBackups"
        Effect = "Allow"
        Action = [
          "backup:DescribeBackupVault", "backup:GetBackupPlan", "backup:GetBackupSelection",
          "backup:GetBackupVaultAccessPolicy", "backup:ListTags",
        ]
        Resource = [local.vault_arn, local.backup_plans_arn]
      },
      {
        Sid      = "ReadBus"
        Effect   = "Allow"
        Action   = ["events:DescribeEventBus", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"]
        Resource = local.bus_arns
      },
      {
        Sid      = "ReadScaling"
        Effect   = "Allow"
        Action   = ["application-autoscaling:ListTagsForResource"]
        Resource = local.scaling_arn
      },
      {
        Sid      = "ReadSampling"
        Effect   = "Allow"
        Action   = ["xray:ListTagsForResource"]
        Resource = local.sampling_rule_arn
      },
      {
        # Asked of every cluster, by its identifier.
        Sid      = "ReadGlobalClusters"
        Effect   = "Allow"
        Action   = ["rds:DescribeGlobalClusters"]
        Resource = "arn:${var.account.partition}:rds::${var.account.id}:global-cluster:*"
      },
      {
        Sid    = "ReadArtifacts"
        Effect = "Allow"
        Action = [
          "s3:GetAccelerateConfiguration", "s3:GetBucketAcl", "s3:GetBucketCORS", "s3:GetBucketLogging",
          "s3:GetBucketObjectLockConfiguration", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
          "s3:GetBucketRequestPayment", "s3:GetBucketTagging", "s3:GetBucketVersioning", "s3:GetBucketWebsite",
          "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetObject", "s3:GetObjectTagging",
          "s3:GetReplicationConfiguration", "s3:ListBucket",
        ]
        Resource = [local.artifacts_arn, "${local.artifacts_arn}/*", local.exports_arn]
      },
      {
        Sid      = "ReadSchedules"
        Effect   = "Allow"
        Action   = ["scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource"]
        Resource = local.schedule_arns
      },
      {
        Sid    = "ReadMail"
        Effect = "Allow"
        Action = [
          "ses:GetConfigurationSet", "ses:GetConfigurationSetEventDestinations", "ses:GetEmailIdentity",
          "ses:ListTagsForResource",
        ]
        Resource = local.mail_arns
      },
      {
        Sid      = "ReadTopics"
        Effect   = "Allow"
        Action   = ["sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic", "sns:ListTagsForResource"]
        Resource = "${local.arn["sns"]}:${var.name}-*"
      },
      {
        Sid      = "ReadQueues"
        Effect   = "Allow"
        Action   = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags"]
        Resource = "${local.arn["sqs"]}:${var.name}-*"
      },
      {
        Sid      = "ReadFirewall"
        Effect   = "Allow"
        Action   = ["wafv2:GetLoggingConfiguration", "wafv2:GetWebACL", "wafv2:GetWebACLForResource", "wafv2:ListTagsForResource"]
        Resource = local.firewall_arns
      },
    ]
  }
}
