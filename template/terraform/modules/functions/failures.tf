# An asynchronous invocation that failed for good ends, with its reason, in a queue that somebody
# is told about. (Queue consumers have dead-letter queues of their own.)

locals {
  asynchronous = { for key, function in var.functions : key => function.asynchronous if function.asynchronous != null }
}

module "failure_queue" {
  source = "../failure_queue"

  name          = var.failure_queue_name
  account       = var.account
  failure       = "An asynchronous invocation of ${var.name} failed after all retries; request and reason wait"
  redrive_key   = "failed_invocations"
  alarm_actions = var.alarm_actions
}

resource "aws_lambda_function_event_invoke_config" "this" {
  for_each = local.asynchronous

  function_name                = aws_lambda_function.this[each.key].function_name
  qualifier                    = aws_lambda_alias.live[each.key].name
  maximum_event_age_in_seconds = each.value.maximum_age_s
  maximum_retry_attempts       = each.value.maximum_retries

  destination_config {
    on_failure {
      destination = module.failure_queue.arn
    }
  }
}

# Stacks of releases before the module failure_queue have the queue and its alarm here.
moved {
  from = aws_sqs_queue.failure
  to   = module.failure_queue.aws_sqs_queue.this
}

moved {
  from = aws_cloudwatch_metric_alarm.failure
  to   = module.failure_queue.aws_cloudwatch_metric_alarm.this
}
