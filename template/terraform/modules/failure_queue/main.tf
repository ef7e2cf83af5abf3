# The end of a call that failed for good. The request waits here with its reason, and one is enough to
# raise the alarm. (Queues with a consumer have a dead-letter queue of their own, in the module events.)

locals {
  day_s = 24 * 60 * 60

  # From its name: a policy that waited for the queue would be a second write to it.
  arn = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${var.name}"
}

resource "aws_sqs_queue" "this" {
  name                      = var.name
  message_retention_seconds = 14 * local.day_s
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
      Resource  = local.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "this" {
  alarm_name          = "${var.name}-not-empty"
  alarm_description   = "${var.failure} in ${var.name} for 14 days. Why: saasgen redrive ${var.redrive_key} --dry-run"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing for a queue that is idle
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
