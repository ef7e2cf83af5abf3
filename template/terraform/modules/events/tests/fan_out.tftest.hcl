mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  function_alias_arns = {
    generate_invoice = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-generate-invoice:live"
    write_audit      = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-write-audit:live"
  }
  consumers = {
    generate_invoice = {
      event_types         = ["subscription.created"]
      timeout_s           = 30
      max_receive_count   = 5
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 10
    }
    write_audit = {
      timeout_s           = 15
      max_receive_count   = 3
      batch_size          = 10
      batching_window_s   = 1
      maximum_concurrency = 5
    }
  }
}

run "each_consumer_has_a_queue_and_a_dead_letter_queue" {
  command = apply

  assert {
    condition     = [for consumer in ["generate_invoice", "write_audit"] : aws_sqs_queue.this[consumer].name] == ["acme-dev-generate-invoice", "acme-dev-write-audit"]
    error_message = "Queues must be named after their consumers."
  }

  assert {
    condition     = [for consumer in ["generate_invoice", "write_audit"] : aws_sqs_queue.dead_letter[consumer].name] == ["acme-dev-generate-invoice-dlq", "acme-dev-write-audit-dlq"]
    error_message = "Dead-letter queues must be named after their consumers."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.this["write_audit"].redrive_policy).maxReceiveCount == 3
    error_message = "A consumer must be tried as often as its entry says."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.dead_letter["write_audit"].redrive_allow_policy).sourceQueueArns == ["arn:aws:sqs:us-east-1:123456789012:acme-dev-write-audit"]
    error_message = "A dead-letter queue must serve its own queue only."
  }
}

run "a_message_stays_hidden_for_six_timeouts" {
  command = plan

  assert {
    condition     = aws_sqs_queue.this["generate_invoice"].visibility_timeout_seconds == 180 && aws_sqs_queue.this["write_audit"].visibility_timeout_seconds == 90
    error_message = "A slow invocation must not see its message handed out again."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.dead_letter : queue.message_retention_seconds == 1209600])
    error_message = "Dead letters must wait for 14 days."
  }
}

run "a_consumer_receives_what_its_filter_lets_through" {
  command = plan

  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["generate_invoice"].filter_policy) == { eventType = ["subscription.created"] } && aws_sns_topic_subscription.this["generate_invoice"].filter_policy_scope == "MessageAttributes"
    error_message = "The filter must look at the attribute eventType."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["write_audit"].filter_policy == null
    error_message = "A consumer without event types must receive all."
  }

  assert {
    condition     = alltrue([for subscription in aws_sns_topic_subscription.this : subscription.raw_message_delivery])
    error_message = "Consumers must receive the event itself."
  }
}

run "a_batch_reports_its_failures_one_by_one" {
  command = plan

  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.this : mapping.function_response_types == toset(["ReportBatchItemFailures"])])
    error_message = "One bad message must not send back its batch."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this["generate_invoice"].batch_size == 1 && aws_lambda_event_source_mapping.this["write_audit"].batch_size == 10 && aws_lambda_event_source_mapping.this["write_audit"].scaling_config[0].maximum_concurrency == 5
    error_message = "Batches and concurrency must be the entry's."
  }
}

run "events_are_encrypted_traced_and_refused_in_plain_text" {
  command = apply

  assert {
    condition     = aws_sns_topic.this.kms_master_key_id == aws_kms_key.this.arn && aws_sns_topic.this.tracing_config == "Active" && aws_kms_key.this.enable_key_rotation
    error_message = "The topic must be encrypted with a key that rotates, and traced."
  }

  assert {
    condition     = alltrue([for queue in concat(values(aws_sqs_queue.this), values(aws_sqs_queue.dead_letter)) : queue.sqs_managed_sse_enabled])
    error_message = "Queues must be encrypted."
  }

  assert {
    condition = alltrue([
      for policy in concat([aws_sns_topic.this.policy], values(aws_sqs_queue.this)[*].policy, values(aws_sqs_queue.dead_letter)[*].policy) :
      anytrue([for statement in jsondecode(policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"] == "false", false)])
    ])
    error_message = "Topic and queues must refuse requests without TLS."
  }
}

run "only_the_topic_writes_to_a_queue" {
  command = plan

  assert {
    condition     = one([for statement in jsondecode(aws_sqs_queue.this["write_audit"].policy).Statement : statement.Condition.ArnEquals if statement.Effect == "Allow"]) == { "aws:SourceArn" = "arn:aws:sns:us-east-1:123456789012:acme-dev-events" }
    error_message = "A queue must admit its topic, and nobody else."
  }
}

run "one_dead_letter_raises_an_alarm" {
  command = plan

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.dead_letter : alarm.metric_name == "ApproximateNumberOfMessagesVisible" && alarm.comparison_operator == "GreaterThanThreshold" && alarm.threshold == 0])
    error_message = "Each dead-letter queue must have an alarm at its first message."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.dead_letter)) == toset(keys(var.consumers))
    error_message = "No dead-letter queue may be without an alarm."
  }
}

run "a_consumer_beside_the_topic_has_what_named_roles_send" {
  command = plan

  variables {
    consumers = merge(var.consumers, {
      write_audit = merge(var.consumers.write_audit, {
        event_types      = []
        sender_role_arns = ["arn:aws:iam::123456789012:role/acme-dev-tenants", "arn:aws:iam::123456789012:role/acme-dev-redrive"]
      })
    })
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.this) == ["generate_invoice"]
    error_message = "It must have no part in the topic."
  }

  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.this["write_audit"].policy).Statement : [statement.Effect, statement.Principal, statement.Condition] if statement.Sid != "RefusePlainText"] == [
      ["Deny", "*", { ArnNotEquals = { "aws:PrincipalArn" = ["arn:aws:iam::123456789012:role/acme-dev-redrive", "arn:aws:iam::123456789012:role/acme-dev-tenants"] } }],
    ]
    error_message = "Nobody but the named roles may send to it."
  }

  assert {
    condition     = [for statement in jsondecode(aws_sqs_queue.dead_letter["write_audit"].policy).Statement : statement.Sid] == ["RefusePlainText"]
    error_message = "Nobody but its queue must write to its dead-letter queue."
  }
}
