locals {
  tls_only = { Bool = { "aws:SecureTransport" = "false" } }

  topic_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "PublishFromThisAccount"
        Effect    = "Allow"
        Principal = { AWS = "arn:${var.account.partition}:iam::${var.account.id}:root" }
        Action    = "sns:Publish"
        Resource  = local.topic_arn
      },
      {
        Sid       = "RefusePlainText"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.topic_arn
        Condition = local.tls_only
      },
    ]
  })

  # By the queue's ARN. Dead-letter queues admit the topic too: it puts there what it cannot deliver.
  queue_policies = {
    for arn in flatten([for queue in local.queues : [queue.arn, queue.dead_letter_arn]]) : arn => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "ReceiveFromTopic"
          Effect    = "Allow"
          Principal = { Service = "sns.amazonaws.com" }
          Action    = "sqs:SendMessage"
          Resource  = arn
          Condition = { ArnEquals = { "aws:SourceArn" = local.topic_arn } }
        },
        {
          Sid       = "RefusePlainText"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
          Resource  = arn
          Condition = local.tls_only
        },
      ]
    })
  }
}
