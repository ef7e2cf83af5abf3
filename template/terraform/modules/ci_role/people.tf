# What an apply changes in who signs in, what is mailed, and what is watched.

locals {
  people = [
    {
      Sid       = "MakeUserPool"
      Effect    = "Allow"
      Action    = ["cognito-idp:CreateUserPool"]
      Resource  = "*" # a pool has no name before it is made
      Condition = local.for_the_stack
    },
    {
      Sid    = "ChangeUserPool"
      Effect = "Allow"
      Action = [
        "cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminCreateUser", "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminRemoveUserFromGroup", "cognito-idp:AdminUpdateUserAttributes", "cognito-idp:CreateGroup",
        "cognito-idp:CreateResourceServer", "cognito-idp:CreateUserPoolClient", "cognito-idp:CreateUserPoolDomain",
        "cognito-idp:DeleteGroup", "cognito-idp:DeleteResourceServer", "cognito-idp:DeleteUserPool",
        "cognito-idp:DeleteUserPoolClient", "cognito-idp:DeleteUserPoolDomain", "cognito-idp:SetRiskConfiguration",
        "cognito-idp:SetUserPoolMfaConfig", "cognito-idp:TagResource", "cognito-idp:UntagResource", "cognito-idp:UpdateGroup",
        "cognito-idp:UpdateResourceServer", "cognito-idp:UpdateUserPool", "cognito-idp:UpdateUserPoolClient",
      ]
      Resource  = "${local.arn["cognito-idp"]}:userpool/*"
      Condition = local.of_this_stack
    },
    {
      Sid    = "ChangeMail"
      Effect = "Allow"
      Action = [
        "ses:CreateConfigurationSet", "ses:CreateConfigurationSetEventDestination", "ses:CreateEmailIdentity",
        "ses:DeleteConfigurationSet", "ses:DeleteConfigurationSetEventDestination", "ses:DeleteEmailIdentity",
        "ses:PutConfigurationSetDeliveryOptions", "ses:PutConfigurationSetReputationOptions",
        "ses:PutConfigurationSetSendingOptions", "ses:PutConfigurationSetSuppressionOptions",
        "ses:PutEmailIdentityConfigurationSetAttributes", "ses:PutEmailIdentityMailFromAttributes", "ses:TagResource",
        "ses:UntagResource", "ses:UpdateConfigurationSetEventDestination",
      ]
      Resource = local.mail_arns
    },
    {
      Sid    = "ChangeAlarms"
      Effect = "Allow"
      Action = [
        "cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutCompositeAlarm",
        "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource",
      ]
      Resource = ["${local.arn["cloudwatch"]}:alarm:${var.name}-*", "${local.dashboards_arn}/${var.name}-*"]
    },
    {
      Sid    = "ChangeLogGroups"
      Effect = "Allow"
      Action = [
        "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteRetentionPolicy",
        "logs:DeleteSubscriptionFilter", "logs:PutMetricFilter", "logs:PutRetentionPolicy",
        "logs:PutSubscriptionFilter", "logs:TagResource", "logs:UntagResource",
      ]
      Resource = local.log_group_arns
    },
    {
      # AWS takes no resource here: a saved question belongs to the account, and a service that
      # delivers logs is let into their groups by a policy of the account.
      Sid    = "ChangeQueriesAndDeliveries"
      Effect = "Allow"
      Action = [
        "logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DeleteQueryDefinition",
        "logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutQueryDefinition",
        "logs:PutResourcePolicy", "logs:UpdateLogDelivery",
      ]
      Resource = "*"
    },
  ]
}
