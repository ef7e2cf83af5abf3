mock_provider "aws" {
  source = "../../tests/mocks"
}

run "the_rule_picks_out_approved_deployments" {
  command = apply

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.approved.event_pattern) == { source = ["approvals"], "detail-type" = ["Deployment Approved"] }
    error_message = "The rule must match what the stack writes, and nothing else."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.approved.event_bus_name == "acme-dev-deployments" && aws_cloudwatch_event_target.queue.event_bus_name == "acme-dev-deployments"
    error_message = "Rule and target must be of the stack's own bus."
  }

  assert {
    condition     = aws_cloudwatch_event_target.queue.arn == aws_sqs_queue.this.arn && aws_cloudwatch_event_target.queue.dead_letter_config[0].arn == aws_sqs_queue.dead_letter.arn
    error_message = "What matches must reach the pipeline's queue, or its dead letters."
  }
}

run "a_deployment_waits_for_14_days" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letter.message_retention_seconds == 1209600
    error_message = "Neither queue may forget a deployment earlier."
  }

  assert {
    condition     = aws_sqs_queue.this.visibility_timeout_seconds == 3600
    error_message = "A deployment under way must not be handed out again."
  }
}

run "what_fails_too_often_becomes_a_dead_letter" {
  command = apply

  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).maxReceiveCount == 3
    error_message = "A deployment must be handed out as often as the root says."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letter.redrive_allow_policy).sourceQueueArns == ["arn:aws:sqs:us-east-1:123456789012:acme-dev-approved-deployments"]
    error_message = "The dead-letter queue must serve its own queue only."
  }
}

run "only_the_rule_writes_to_the_queues_and_nobody_in_plain_text" {
  command = plan

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] :
      one([for statement in jsondecode(queue.policy).Statement : statement.Condition.ArnEquals if statement.Effect == "Allow"]) == { "aws:SourceArn" = "arn:aws:events:us-east-1:123456789012:rule/acme-dev-deployments/approved" }
    ])
    error_message = "A queue must admit its rule, and nobody else."
  }

  assert {
    condition = alltrue([
      for queue in [aws_sqs_queue.this, aws_sqs_queue.dead_letter] :
      queue.sqs_managed_sse_enabled && anytrue([for statement in jsondecode(queue.policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"] == "false", false)])
    ])
    error_message = "Queues must be encrypted and refuse requests without TLS."
  }
}

run "a_deployment_that_is_not_done_raises_an_alarm" {
  command = apply

  assert {
    condition     = aws_cloudwatch_metric_alarm.dead_letter.dimensions.QueueName == "acme-dev-approved-deployments-dlq" && aws_cloudwatch_metric_alarm.dead_letter.threshold == 0
    error_message = "The first dead letter must raise an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.waiting.metric_name == "ApproximateAgeOfOldestMessage" && aws_cloudwatch_metric_alarm.waiting.dimensions.QueueName == "acme-dev-approved-deployments" && aws_cloudwatch_metric_alarm.waiting.threshold == 7200
    error_message = "A deployment that nobody takes up must raise an alarm."
  }

  assert {
    condition     = alltrue([for alarm in [aws_cloudwatch_metric_alarm.dead_letter, aws_cloudwatch_metric_alarm.waiting] : alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:acme-dev-critical"])])
    error_message = "Alarms must reach whom the root says."
  }
}
