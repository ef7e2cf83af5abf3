# Encrypted with SQS's own key: a key of ours would need a policy for EventBridge, and keep nobody
# out whom the queue's policy admits.

locals {
  queue_policies = {
    for arn in [local.queue_arn, local.dead_letter_arn] : arn => jsonencode({
      Version = "2012-10-17"
      Statement = [
        {
          Sid       = "ReceiveFromRule"
          Effect    = "Allow"
          Principal = { Service = "events.amazonaws.com" }
          Action    = "sqs:SendMessage"
          Resource  = arn
          Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arn } }
        },
        {
          Sid       = "RefusePlainText"
          Effect    = "Deny"
          Principal = "*"
          Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
          Resource  = arn
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
      ]
    })
  }
}

resource "aws_sqs_queue" "this" {
  name                       = local.queue_name
  visibility_timeout_seconds = var.pipeline_timeout_s
  message_retention_seconds  = 14 * local.day_s
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  policy                     = local.queue_policies[local.queue_arn]

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = "${local.queue_name}-dlq"
  message_retention_seconds = 14 * local.day_s
  sqs_managed_sse_enabled   = true
  policy                    = local.queue_policies[local.dead_letter_arn]

  # Only the queue it belongs to may use it as its dead-letter queue.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queue_arn]
  })
}

# A dead letter is a deployment that was approved and not done: one is enough to look.
resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  alarm_name          = "${aws_sqs_queue.dead_letter.name}-not-empty"
  alarm_description   = "An approved deployment of ${var.name} was not done; it waits in ${aws_sqs_queue.dead_letter.name} for 14 days."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing for a queue that is idle
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

# Nobody would notice a pipeline that has stopped polling: what it did not begin cannot fail.
resource "aws_cloudwatch_metric_alarm" "waiting" {
  alarm_name          = "${aws_sqs_queue.this.name}-waiting"
  alarm_description   = "No pipeline has taken up an approved deployment of ${var.name} for ${var.waiting_alarm_s} seconds."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.waiting_alarm_s
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing for a queue that is idle
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
