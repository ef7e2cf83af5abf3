mock_provider "aws" {
  source = "../../tests/mocks"
}

run "what_failed_waits_for_two_weeks" {
  command = apply

  assert {
    condition     = aws_sqs_queue.this.name == "acme-dev-schedules-dlq" && aws_sqs_queue.this.message_retention_seconds == 1209600 && aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "The request must be kept for 14 days, encrypted."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue.this.policy).Statement[0].Resource == "arn:aws:sqs:us-east-1:123456789012:acme-dev-schedules-dlq" && jsondecode(aws_sqs_queue.this.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The queue must refuse plain text."
  }
}

run "one_failure_raises_the_alarm" {
  command = apply

  assert {
    condition     = [aws_cloudwatch_metric_alarm.this.metric_name, aws_cloudwatch_metric_alarm.this.dimensions.QueueName, aws_cloudwatch_metric_alarm.this.comparison_operator, aws_cloudwatch_metric_alarm.this.threshold, aws_cloudwatch_metric_alarm.this.evaluation_periods] == ["ApproximateNumberOfMessagesVisible", "acme-dev-schedules-dlq", "GreaterThanThreshold", 0, 1]
    error_message = "One message that waits must raise the alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.alarm_actions == var.alarm_actions && aws_cloudwatch_metric_alarm.this.ok_actions == var.alarm_actions
    error_message = "The alarm must notify its topics, of its end too."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this.alarm_description == "A schedule of acme-dev could not start its function; the request waits in acme-dev-schedules-dlq for 14 days. Why: saasgen redrive schedules --dry-run"
    error_message = "The alarm must say what failed, where it waits and how to find out why."
  }
}
