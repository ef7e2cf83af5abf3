# Queues are encrypted with SQS's own key: a queue is read by its one consumer, whose role says so,
# and a key of ours would add a KMS call to every poll without keeping anybody out.

resource "aws_sqs_queue" "this" {
  for_each = var.consumers

  name                       = local.queues[each.key].name
  visibility_timeout_seconds = local.queues[each.key].visibility_timeout_s
  message_retention_seconds  = 4 * local.day_s
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  policy                     = local.queue_policies[each.key].queue

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = each.value.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = var.consumers

  name                      = local.queues[each.key].dead_letter_name
  message_retention_seconds = 14 * local.day_s
  sqs_managed_sse_enabled   = true
  policy                    = local.queue_policies[each.key].dead_letter

  # Only the queue it belongs to may use it as its dead-letter queue.
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.queues[each.key].arn]
  })
}

# A dead letter is work that was promised and not done: one is enough to look.
resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  for_each = var.consumers

  alarm_name          = "${local.queues[each.key].dead_letter_name}-not-empty"
  alarm_description   = "${each.key} gave up on at least one event of ${var.name}; it waits in ${local.queues[each.key].dead_letter_name} for 14 days. Why: saasgen redrive ${each.key} --dry-run"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter[each.key].name }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 60
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching" # SQS reports nothing for a queue that is idle
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
