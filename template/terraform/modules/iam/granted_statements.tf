# What the inventory grants: a statement per capability, for the functions that have it.

locals {
  database_user_prefix = "arn:${var.account.partition}:rds-db:${var.account.region}:${var.account.id}:dbuser"

  grants = {
    for key, function in var.functions : key => [
      {
        granted = length(function.database_logins) > 0
        statement = {
          Sid      = "ConnectToDatabase"
          Effect   = "Allow"
          Action   = ["rds-db:connect"]
          Resource = [for login, id in function.database_logins : "${local.database_user_prefix}:${id}/${login}"]
        }
      },
      {
        granted = function.consumes_queue_arn != null
        statement = {
          Sid      = "ConsumeOwnQueue"
          Effect   = "Allow"
          Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
          Resource = [function.consumes_queue_arn]
        }
      },
      {
        granted = length(function.feeds_queue_arns) > 0
        statement = {
          Sid      = "FeedQueues"
          Effect   = "Allow"
          Action   = ["sqs:SendMessage"]
          Resource = sort(function.feeds_queue_arns)
        }
      },
      {
        granted = function.publishes_events
        statement = {
          Sid      = "PublishEvents"
          Effect   = "Allow"
          Action   = ["sns:Publish"]
          Resource = [var.resources.events_topic_arn]
        }
      },
      {
        granted = function.publishes_events
        statement = {
          Sid      = "EncryptEvents"
          Effect   = "Allow"
          Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource = [var.resources.events_key_arn]
        }
      },
      {
        granted = function.nudges_relay
        statement = {
          Sid      = "NudgeRelay"
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = [var.resources.relay_alias_arn]
        }
      },
      {
        granted = function.sends_mail
        statement = {
          Sid       = "SendMailAsSender"
          Effect    = "Allow"
          Action    = ["ses:SendEmail", "ses:SendRawEmail"] # the second where a mail brings a file
          Resource  = [var.resources.mail_identity_arn, var.resources.mail_configuration_set_arn]
          Condition = { StringEquals = { "ses:FromAddress" = var.resources.sender_email } }
        }
      },
      {
        granted = function.reads_master_secret
        statement = {
          Sid      = "ReadMasterSecret"
          Effect   = "Allow"
          Action   = ["secretsmanager:GetSecretValue"]
          Resource = [var.resources.master_secret_arn]
        }
      },
      {
        granted = function.reads_master_secret
        statement = {
          Sid       = "DecryptMasterSecret"
          Effect    = "Allow"
          Action    = ["kms:Decrypt"]
          Resource  = [var.resources.database_key_arn]
          Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.account.region}.amazonaws.com" } }
        }
      },
      {
        granted = function.redrives != null
        statement = {
          Sid      = "TakeDeadLetters"
          Effect   = "Allow"
          Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage"]
          Resource = try(sort(function.redrives.dead_letter_queue_arns), [])
        }
      },
      {
        granted = function.redrives != null
        statement = {
          Sid      = "SendToConsumersAgain"
          Effect   = "Allow"
          Action   = ["sqs:GetQueueUrl", "sqs:SendMessage"]
          Resource = try(sort(function.redrives.queue_arns), [])
        }
      },
      {
        granted = function.redrives != null
        statement = {
          Sid      = "StartAgain"
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = try(sort(function.redrives.alias_arns), [])
        }
      },
      {
        granted = function.reads_secret != null
        statement = {
          Sid      = "ReadSecret"
          Effect   = "Allow"
          Action   = ["secretsmanager:GetSecretValue"]
          Resource = [try(function.reads_secret.arn, "")]
        }
      },
      {
        granted = function.reads_secret != null
        statement = {
          Sid       = "DecryptSecret"
          Effect    = "Allow"
          Action    = ["kms:Decrypt"]
          Resource  = [try(function.reads_secret.kms_key_arn, "")]
          Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.account.region}.amazonaws.com" } }
        }
      },
      {
        granted = length(function.fills_secret_arns) > 0
        statement = {
          Sid      = "FillLoginSecrets"
          Effect   = "Allow"
          Action   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
          Resource = sort(function.fills_secret_arns)
        }
      },
      {
        granted = length(function.fills_secret_arns) > 0
        statement = {
          Sid       = "EncryptLoginSecrets"
          Effect    = "Allow"
          Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
          Resource  = [var.resources.database_key_arn]
          Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${var.account.region}.amazonaws.com" } }
        }
      },
      {
        granted = function.makes_users
        statement = {
          Sid      = "MakeUsers"
          Effect   = "Allow"
          Action   = ["cognito-idp:AdminCreateUser", "cognito-idp:AdminGetUser", "cognito-idp:AdminSetUserPassword"]
          Resource = [var.resources.user_pool_arn]
        }
      },
      {
        granted = function.changes_users
        statement = {
          Sid    = "ChangeUsers"
          Effect = "Allow"
          Action = [
            "cognito-idp:AdminAddUserToGroup", "cognito-idp:AdminDeleteUser", "cognito-idp:AdminDisableUser",
            "cognito-idp:AdminEnableUser", "cognito-idp:AdminListGroupsForUser", "cognito-idp:AdminRemoveUserFromGroup",
            "cognito-idp:AdminUserGlobalSignOut",
          ]
          Resource = [var.resources.user_pool_arn]
        }
      },
      {
        granted = function.makes_clients
        statement = {
          Sid      = "MakeMachineClients"
          Effect   = "Allow"
          Action   = ["cognito-idp:CreateUserPoolClient", "cognito-idp:DescribeUserPoolClient"]
          Resource = [var.resources.user_pool_arn]
        }
      },
      {
        granted = function.deletes_clients
        statement = {
          Sid      = "DeleteMachineClients"
          Effect   = "Allow"
          Action   = ["cognito-idp:DeleteUserPoolClient"]
          Resource = [var.resources.user_pool_arn]
        }
      },
      {
        granted = function.writes_exports
        statement = {
          Sid      = "WriteExports"
          Effect   = "Allow"
          Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
          Resource = [var.resources.exports_arn]
        }
      },
      {
        granted = function.announces_deployments
        statement = {
          Sid      = "AnnounceDeployments"
          Effect   = "Allow"
          Action   = ["events:PutEvents"]
          Resource = [var.resources.deployments_bus_arn]
        }
      },
      {
        granted = function.fails_to_queue
        statement = {
          Sid      = "KeepFailedInvocations"
          Effect   = "Allow"
          Action   = ["sqs:SendMessage"]
          Resource = [var.resources.failure_queue_arn]
        }
      },
    ]
  }

  granted_statements = { for key, grants in local.grants : key => [for grant in grants : grant.statement if grant.granted] }
}
