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
      arn = module.dead_letter.arn
    }
  }

  # Scheduler tries the role when a schedule is created.
  depends_on = [aws_iam_role_policy.this]
}

module "dead_letter" {
  source = "../failure_queue"

  name          = local.dead_letter_name
  account       = var.account
  failure       = "A schedule of ${var.name} could not start its function; the request waits"
  redrive_key   = "schedules"
  alarm_actions = var.alarm_actions
}

locals {
  dead_letter_name = "${var.name}-schedules-dlq"
  dead_letter_arn  = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${local.dead_letter_name}"
}

# Stacks of releases before the module failure_queue have the queue and its alarm here.
moved {
  from = aws_sqs_queue.dead_letter
  to   = module.dead_letter.aws_sqs_queue.this
}

moved {
  from = aws_cloudwatch_metric_alarm.dead_letter
  to   = module.dead_letter.aws_cloudwatch_metric_alarm.this
}
