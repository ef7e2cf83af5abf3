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

  # By consumer. Dead-letter queues admit the topic too: it puts there what it cannot deliver.
  queue_policies = {
    for consumer, settings in var.consumers : consumer => {
      for purpose, arn in { queue = local.queues[consumer].arn, dead_letter = local.queues[consumer].dead_letter_arn } : purpose => jsonencode({
        Version = "2012-10-17"
        Statement = [
          for statement in [
            {
              Sid       = "RefusePlainText"
              Effect    = "Deny"
              Principal = "*"
              Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
              Resource  = arn
              Condition = local.tls_only
            },
            {
              Sid       = "ReceiveFromTopic"
              Effect    = "Allow"
              Principal = { Service = "sns.amazonaws.com" }
              Action    = ["sqs:SendMessage"]
              Resource  = arn
              Condition = { ArnEquals = { "aws:SourceArn" = local.topic_arn } }
            },
            {
              # What a role of this account may do its own policy says. This keeps out whoever else
              # may send to queues, by whatever policy.
              Sid       = "RefuseStrangers"
              Effect    = "Deny"
              Principal = "*"
              Action    = ["sqs:SendMessage"]
              Resource  = arn
              Condition = { ArnNotEquals = { "aws:PrincipalArn" = sort(settings.sender_role_arns) } }
            },
          ] : statement if contains(local.queue_statements[consumer][purpose], statement.Sid)
        ]
      })
    }
  }

  queue_statements = {
    for consumer in keys(var.consumers) : consumer => contains(keys(local.subscribers), consumer) ? {
      queue       = ["ReceiveFromTopic", "RefusePlainText"]
      dead_letter = ["ReceiveFromTopic", "RefusePlainText"]
      } : {
      queue       = ["RefusePlainText", "RefuseStrangers"]
      dead_letter = ["RefusePlainText"]
    }
  }
}
