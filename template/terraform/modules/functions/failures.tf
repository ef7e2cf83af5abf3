# An asynchronous invocation that failed for good ends, with its reason, in a queue that somebody
# is told about. (Queue consumers have dead-letter queues of their own.)

locals {
  asynchronous = { for key, function in var.functions : key => function.asynchronous if function.asynchronous != null }
  day_s        = 24 * 60 * 60

  # From its name: a policy that waited for the queue would be a second write to it.
  failure_queue_arn = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${var.failure_queue_name}"
}

resource "aws_sqs_queue" "failure" {
  name                      = var.failure_queue_name
  message_retention_seconds = 14 * local.day_s
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
      Resource  = local.failure_queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "failure" {
  alarm_name          = "${var.failure_queue_name}-not-empty"
  alarm_description   = "An asynchronous invocation of ${var.name} failed after all retries; request and reason wait in ${var.failure_queue_name} for 14 days. Why: saasgen redrive failed_invocations --dry-run"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.failure.name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing for a queue that is idle
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.asynchronous

  function_name                = aws_lambda_function.this[each.key].function_name
  qualifier                    = aws_lambda_alias.live[each.key].name
  maximum_event_age_in_seconds = each.value.maximum_age_s
  maximum_retry_attempts       = each.value.maximum_retries

  destination_config {
    on_failure {
      destination = aws_sqs_queue.failure.arn
    }
  }
}
