# EventBridge Scheduler: what runs by the clock.

resource "aws_scheduler_schedule_group" "this" {
  name = var.name
}

resource "aws_scheduler_schedule" "this" {
  for_each = var.schedules

  name                         = "${var.name}-${replace(each.key, "_", "-")}"
  group_name                   = aws_scheduler_schedule_group.this.name
  description                  = each.value.description
  schedule_expression          = each.value.expression
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = each.value.function_alias_arn
    role_arn = aws_iam_role.this.arn
    input    = jsonencode({})

    # Delivery to Lambda, not the function's own success: that is the function's to retry.
    retry_policy {
      maximum_event_age_in_seconds = each.value.maximum_age_s
      maximum_retry_attempts       = each.value.maximum_retries
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letter.arn
    }
  }

  # Scheduler tries the role when a schedule is created.
  depends_on = [aws_iam_role_policy.this]
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "RefusePlainText"
      Effect    = "Deny"
      Principal = "*"
      Action    = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage"]
      Resource  = local.dead_letter_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  alarm_name          = "${local.dead_letter_name}-not-empty"
  alarm_description   = "A schedule of ${var.name} could not start its function; the request waits in ${local.dead_letter_name} for 14 days. Why: saasgen redrive schedules --dry-run"
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

locals {
  dead_letter_name = "${var.name}-schedules-dlq"
  dead_letter_arn  = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${local.dead_letter_name}"
}
