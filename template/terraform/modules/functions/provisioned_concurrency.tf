# Functions whose callers feel a cold start have environments that are ready before the request is:
# never fewer than the minimum, more while those are busy. All of it belongs to the alias. A new
# version gets its environments when the alias moves to it, and the old one's go with the move.

locals {
  warm = { for key, function in var.functions : key => function.provisioned_concurrency if function.provisioned_concurrency != null }

  # Busy enough to be worth their price, with room for what arrives while more are made ready.
  utilization_target = 0.7
}

resource "aws_lambda_provisioned_concurrency_config" "this" {
  for_each = local.warm

  function_name                     = aws_lambda_alias.live[each.key].function_name
  qualifier                         = aws_lambda_alias.live[each.key].name
  provisioned_concurrent_executions = each.value.minimum

  # Where it begins. From then on the number is the scaling's, between the bounds below.
  lifecycle {
    ignore_changes = [provisioned_concurrent_executions]
  }
}

resource "aws_appautoscaling_target" "this" {
  for_each = aws_lambda_provisioned_concurrency_config.this

  service_namespace  = "lambda"
  scalable_dimension = "lambda:function:ProvisionedConcurrency"
  resource_id        = "function:${each.value.function_name}:${each.value.qualifier}"
  min_capacity       = local.warm[each.key].minimum
  max_capacity       = local.warm[each.key].maximum
}

resource "aws_appautoscaling_policy" "this" {
  for_each = aws_appautoscaling_target.this

  name               = "${var.functions[each.key].name}-utilization"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  scalable_dimension = each.value.scalable_dimension
  resource_id        = each.value.resource_id

  target_tracking_scaling_policy_configuration {
    target_value = local.utilization_target

    predefined_metric_specification {
      predefined_metric_type = "LambdaProvisionedConcurrencyUtilization"
    }
  }
}
