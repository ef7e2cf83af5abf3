# Approved deployments leave the stack here: a bus, the rule that picks them out, and a queue that a
# pipeline polls. The event carries the approval's id, by which a pipeline knows what it has begun.

locals {
  # Built from names: a policy that waited for its queue's ARN would be a second write to the
  # queue, and each write takes SQS 25 seconds to settle.
  arn_suffix      = "${var.account.region}:${var.account.id}"
  bus_name        = "${var.name}-deployments"
  rule_name       = "approved"
  rule_arn        = "arn:${var.account.partition}:events:${local.arn_suffix}:rule/${local.bus_name}/${local.rule_name}"
  queue_name      = "${var.name}-approved-deployments"
  queue_arn       = "arn:${var.account.partition}:sqs:${local.arn_suffix}:${local.queue_name}"
  dead_letter_arn = "${local.queue_arn}-dlq"

  day_s = 24 * 60 * 60
}

# With AWS's own key: versions and ids are no secret, and IAM says who puts events here.
resource "aws_cloudwatch_event_bus" "this" {
  name = local.bus_name
}

resource "aws_cloudwatch_event_rule" "approved" {
  name           = local.rule_name
  description    = "Deployments of ${var.name} that were approved"
  event_bus_name = aws_cloudwatch_event_bus.this.name

  # What handlers/platform/aws/deployment_bus.py writes.
  event_pattern = jsonencode({
    source        = ["approvals"]
    "detail-type" = ["Deployment Approved"]
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule           = aws_cloudwatch_event_rule.approved.name
  event_bus_name = aws_cloudwatch_event_bus.this.name
  target_id      = "queue"
  arn            = aws_sqs_queue.this.arn

  retry_policy {
    maximum_event_age_in_seconds = local.day_s
    maximum_retry_attempts       = 185 # the most there is: as often as a day allows
  }

  # What EventBridge cannot hand over waits where the pipeline's other failures do.
  dead_letter_config {
    arn = aws_sqs_queue.dead_letter.arn
  }
}
