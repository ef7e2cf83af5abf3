mock_provider "aws" {}

variables {
  functions = {
    tenants = {
      name        = "acme-dev-tenants"
      description = "API: tenants"
      handler     = "handlers.app.handler"
      role_arn    = "arn:aws:iam::123456789012:role/acme-dev-tenants"
      memory_mb   = 512
      timeout_s   = 10
      environment = { API_FUNCTION = "tenants" }
    }
    outbox_relay = {
      name         = "acme-dev-outbox-relay"
      description  = "Relay"
      handler      = "handlers.jobs.outbox_relay.handler"
      role_arn     = "arn:aws:iam::123456789012:role/acme-dev-outbox-relay"
      memory_mb    = 256
      timeout_s    = 30
      environment  = {}
      asynchronous = { maximum_age_s = 60, maximum_retries = 1 }
    }
  }
}

run "functions_share_artifacts_and_nothing_else" {
  command = plan

  assert {
    condition     = aws_lambda_function.this["tenants"].source_code_hash == aws_lambda_function.this["outbox_relay"].source_code_hash
    error_message = "All functions must be of the same zip."
  }

  assert {
    condition     = aws_lambda_function.this["tenants"].role != aws_lambda_function.this["outbox_relay"].role && aws_lambda_function.this["outbox_relay"].handler == "handlers.jobs.outbox_relay.handler" && aws_lambda_function.this["outbox_relay"].memory_size == 256
    error_message = "Each must have its own role, handler and size."
  }

  assert {
    condition     = alltrue([for object in aws_s3_object.artifact : can(regex("^(code|layer)/[0-9a-f]{64}\\.zip$", object.key))])
    error_message = "Artifacts must be named by their content."
  }
}

run "functions_run_in_the_network_are_traced_and_log_json" {
  command = plan

  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.vpc_config[0].subnet_ids == var.subnet_ids && function.tracing_config[0].mode == "Active" && function.logging_config[0].log_format == "JSON"])
    error_message = "Functions must run in the private subnets, be traced, and log JSON."
  }

  assert {
    condition     = aws_cloudwatch_log_group.this["tenants"].name == "/aws/lambda/acme-dev-tenants" && aws_cloudwatch_log_group.this["tenants"].retention_in_days == 90
    error_message = "Each must have a log group that ends."
  }
}

run "callers_reach_a_version_through_an_alias" {
  command = plan

  assert {
    condition     = alltrue([for function in aws_lambda_function.this : function.publish]) && alltrue([for alias in aws_lambda_alias.live : alias.name == "live"])
    error_message = "Each function must publish versions behind the alias live."
  }
}

run "only_asynchronous_functions_fail_to_the_queue" {
  command = apply

  override_resource {
    target = module.failure_queue.aws_sqs_queue.this
    values = { arn = "arn:aws:sqs:us-east-1:123456789012:acme-dev-failed-invocations" }
  }

  override_resource {
    target = aws_lambda_layer_version.dependencies
    values = { arn = "arn:aws:lambda:us-east-1:123456789012:layer:acme-dev-dependencies:1" }
  }

  assert {
    condition     = keys(aws_lambda_function_event_invoke_config.this) == ["outbox_relay"]
    error_message = "Synchronous functions answer their caller."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.this["outbox_relay"].qualifier == "live" && aws_lambda_function_event_invoke_config.this["outbox_relay"].destination_config[0].on_failure[0].destination == module.failure_queue.arn
    error_message = "Failures of the alias must end in the queue."
  }
}

run "only_who_is_waited_for_is_kept_warm" {
  command = plan

  variables {
    functions = merge(var.functions, { tenants = merge(var.functions.tenants, { provisioned_concurrency = { minimum = 2, maximum = 8 } }) })
  }

  assert {
    condition     = { for key, config in aws_lambda_provisioned_concurrency_config.this : key => [config.function_name, config.qualifier, config.provisioned_concurrent_executions] } == { tenants = ["acme-dev-tenants", "live", 2] }
    error_message = "The alias must be kept warm, which outlives its versions."
  }

  assert {
    condition     = { for key, target in aws_appautoscaling_target.this : key => [target.resource_id, target.min_capacity, target.max_capacity] } == { tenants = ["function:acme-dev-tenants:live", 2, 8] }
    error_message = "The number must scale between its bounds."
  }

  assert {
    condition     = aws_appautoscaling_policy.this["tenants"].target_tracking_scaling_policy_configuration[0].target_value == 0.7 && aws_appautoscaling_policy.this["tenants"].target_tracking_scaling_policy_configuration[0].predefined_metric_specification[0].predefined_metric_type == "LambdaProvisionedConcurrencyUtilization" && aws_appautoscaling_policy.this["tenants"].resource_id == "function:acme-dev-tenants:live"
    error_message = "It must follow what of it is in use; the metric is a share of 1."
  }
}

run "warmth_begins_at_the_minimum" {
  command = apply

  variables {
    functions = { tenants = merge(var.functions.tenants, { provisioned_concurrency = { minimum = 2, maximum = 8 } }) }
  }

  override_resource {
    target = module.failure_queue.aws_sqs_queue.this
    values = { arn = "arn:aws:sqs:us-east-1:123456789012:acme-dev-failed-invocations" }
  }

  override_resource {
    target = aws_lambda_layer_version.dependencies
    values = { arn = "arn:aws:lambda:us-east-1:123456789012:layer:acme-dev-dependencies:1" }
  }

  assert {
    condition     = output.provisioned_concurrency == { tenants = { minimum = 2, maximum = 8 } }
    error_message = "The bounds must be those that were asked for."
  }
}

run "another_tier_moves_the_bounds_and_leaves_the_number_to_the_scaling" {
  command = plan

  variables {
    functions = { tenants = merge(var.functions.tenants, { provisioned_concurrency = { minimum = 5, maximum = 20 } }) }
  }

  assert {
    condition     = output.provisioned_concurrency == { tenants = { minimum = 5, maximum = 20 } } && aws_lambda_provisioned_concurrency_config.this["tenants"].provisioned_concurrent_executions == 2
    error_message = "Terraform must set the bounds only."
  }
}

run "the_artifact_bucket_is_private" {
  command = plan

  assert {
    condition     = aws_s3_bucket_public_access_block.artifacts.block_public_acls && aws_s3_bucket_public_access_block.artifacts.block_public_policy && aws_s3_bucket_public_access_block.artifacts.ignore_public_acls && aws_s3_bucket_public_access_block.artifacts.restrict_public_buckets
    error_message = "Nothing in the bucket may become public."
  }
}
