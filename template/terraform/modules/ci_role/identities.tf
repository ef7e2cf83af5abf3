# What an apply changes in roles. Whoever could give a role any right could give itself all of them,
# so a role of the stack is made and changed only within its boundary, and the workflows' own never.

locals {
  writing = {
    database   = local.database
    functions  = local.functions
    identities = local.identities
    network    = local.network
    people     = local.people
    storage    = local.storage
  }

  identities = [
    {
      Sid    = "ChangeRolesWithinBoundary"
      Effect = "Allow"
      Action = [
        "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
        "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy",
      ]
      Resource  = "${local.roles_arn}/${var.name}-*"
      Condition = { StringEquals = { "iam:PermissionsBoundary" = local.boundary_arn } }
    },
    {
      Sid    = "ChangeRoles"
      Effect = "Allow"
      Action = [
        "iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ]
      Resource = "${local.roles_arn}/${var.name}-*"
    },
    {
      Sid       = "HandRolesToServices"
      Effect    = "Allow"
      Action    = ["iam:PassRole"]
      Resource  = "${local.roles_arn}/${var.name}-*"
      Condition = { StringEquals = { "iam:PassedToService" = local.services } }
    },
    {
      # Made once per account, by whoever first uses the service.
      Sid    = "MakeRolesOfServices"
      Effect = "Allow"
      Action = ["iam:CreateServiceLinkedRole"]
      Resource = [
        for service in keys(local.service_linked_roles) : "${local.roles_arn}/aws-service-role/${service}/*"
      ]
      Condition = { StringEquals = { "iam:AWSServiceName" = keys(local.service_linked_roles) } }
    },
    {
      Sid    = "KeepOwnAccess"
      Effect = "Deny"
      Action = [
        "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
        "iam:PassRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
      ]
      Resource = "${local.roles_arn}/${var.name}-ci-*"
    },
  ]

  # Who the stack's roles are for.
  services = [
    "apigateway.amazonaws.com", "backup.amazonaws.com", "lambda.amazonaws.com", "monitoring.rds.amazonaws.com",
    "rds.amazonaws.com", "scheduler.amazonaws.com", "vpc-flow-logs.amazonaws.com",
  ]

  service_linked_roles = {
    "backup.amazonaws.com"                         = "AWS Backup"
    "email.cognito-idp.amazonaws.com"              = "Cognito, which sends mail"
    "lambda.application-autoscaling.amazonaws.com" = "Auto Scaling, which keeps functions warm"
    "ops.apigateway.amazonaws.com"                 = "API Gateway"
    "rds.amazonaws.com"                            = "RDS"
    "wafv2.amazonaws.com"                          = "the firewall, which logs"
  }
}
