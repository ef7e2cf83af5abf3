# Domain events fan out: one topic, and for each consumer a queue that receives what its filter
# lets through, a dead-letter queue for what it cannot process, and the mapping that invokes it.

locals {
  # Built from names: a policy that waited for its queue's ARN would be a second write to the
  # queue, and each write takes SQS 25 seconds to settle.
  sqs_prefix = "arn:${var.account.partition}:sqs:${var.account.region}:${var.account.id}:${var.name}"
  topic_name = "${var.name}-events"
  topic_arn  = "arn:${var.account.partition}:sns:${var.account.region}:${var.account.id}:${local.topic_name}"

  queues = {
    for consumer, settings in var.consumers : consumer => {
      name                 = "${var.name}-${replace(consumer, "_", "-")}"
      arn                  = "${local.sqs_prefix}-${replace(consumer, "_", "-")}"
      dead_letter_name     = "${var.name}-${replace(consumer, "_", "-")}-dlq"
      dead_letter_arn      = "${local.sqs_prefix}-${replace(consumer, "_", "-")}-dlq"
      visibility_timeout_s = 6 * settings.timeout_s
    }
  }

  # Who has events; the others have what is sent to them.
  subscribers = { for consumer, settings in var.consumers : consumer => settings if length(settings.sender_role_arns) == 0 }

  day_s = 24 * 60 * 60
}

# The default key policy: the account decides by IAM. SNS uses the key on behalf of whoever
# publishes, so that no service needs a grant of its own.
resource "aws_kms_key" "this" {
  description             = "Domain events of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days
}

resource "aws_kms_alias" "this" {
  name          = "alias/${local.topic_name}"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_sns_topic" "this" {
  name              = local.topic_name
  display_name      = "Domain events of ${var.name}"
  kms_master_key_id = aws_kms_key.this.arn
  tracing_config    = "Active"
  signature_version = 2
  policy            = local.topic_policy
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscribers

  topic_arn            = aws_sns_topic.this.arn
  protocol             = "sqs"
  endpoint             = aws_sqs_queue.this[each.key].arn
  raw_message_delivery = true

  # Without event types a consumer receives all of them.
  filter_policy_scope = each.value.event_types == null ? null : "MessageAttributes"
  filter_policy       = each.value.event_types == null ? null : jsonencode({ eventType = sort(each.value.event_types) })

  # What SNS cannot hand over waits where the consumer's other failures do.
  redrive_policy = jsonencode({ deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn })
}

resource "aws_lambda_event_source_mapping" "this" {
  for_each = var.consumers

  event_source_arn                   = aws_sqs_queue.this[each.key].arn
  function_name                      = var.function_alias_arns[each.key]
  batch_size                         = each.value.batch_size
  maximum_batching_window_in_seconds = each.value.batching_window_s

  # One bad message sends back itself, not the batch.
  function_response_types = ["ReportBatchItemFailures"]

  # Each concurrent invocation is a database connection.
  scaling_config {
    maximum_concurrency = each.value.maximum_concurrency
  }
}
