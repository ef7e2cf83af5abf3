# An endpoint lets this account's roles reach this stack's resources and nothing else: who got hold
# of a function cannot carry data through it to an account of his own. What a single function may
# do is its role's to say. Lambda fetches code and layers, ships logs and polls queues from outside
# the VPC: none of that passes here.

locals {
  arn_suffix = "${var.account.region}:${var.account.id}"

  allowed = {
    dynamodb = {
      actions   = ["dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"]
      resources = ["arn:${var.account.partition}:dynamodb:${local.arn_suffix}:table/${var.name}-*"]
    }
    s3 = {
      actions   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      resources = [for bucket in [var.artifact_bucket_name, var.exports_bucket_name] : "arn:${var.account.partition}:s3:::${bucket}/*"]
    }
    kms = {
      actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
      resources = var.kms_key_arns
    }
    lambda = {
      actions   = ["lambda:InvokeFunction"]
      resources = ["arn:${var.account.partition}:lambda:${local.arn_suffix}:function:${var.name}-*"]
    }
    logs = {
      actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources = ["arn:${var.account.partition}:logs:${local.arn_suffix}:log-group:/aws/lambda/${var.name}-*"]
    }
    secretsmanager = {
      actions   = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
      resources = var.secret_arns
    }
    sns = {
      actions   = ["sns:Publish"]
      resources = ["arn:${var.account.partition}:sns:${local.arn_suffix}:${var.name}-*"]
    }
    sqs = {
      actions   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:SendMessage"]
      resources = ["arn:${var.account.partition}:sqs:${local.arn_suffix}:${var.name}-*"]
    }
    ssm = {
      actions   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
      resources = ["arn:${var.account.partition}:ssm:${local.arn_suffix}:parameter/${var.name}/*"]
    }
  }

  # AWS takes an account's ARN for its root user here: the condition is what names the account.
  policies = {
    for service, allowed in local.allowed : service => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Sid       = "OwnAccountToOwnStack"
        Effect    = "Allow"
        Principal = "*"
        Action    = allowed.actions
        Resource  = sort(allowed.resources)
        Condition = { StringEquals = { "aws:PrincipalAccount" = var.account.id } }
      }]
    })
  }
}
