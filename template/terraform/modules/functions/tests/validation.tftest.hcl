# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

variables {
  functions = {}
  tenants = {
    name        = "acme-dev-tenants"
    description = "API: tenants"
    handler     = "handlers.app.handler"
    role_arn    = "arn:aws:iam::123456789012:role/acme-dev-tenants"
    memory_mb   = 512
    timeout_s   = 10
    environment = { STACK_NAME = "acme" }
  }
}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_an_account_without_twelve_digits" {
  command = plan

  variables {
    account = { id = "12345", partition = "aws", region = "us-east-1" }
  }

  expect_failures = [var.account]
}

run "refuses_a_folder_without_artifacts" {
  command = plan

  variables {
    artifact_dir = "../../build/nowhere"
  }

  expect_failures = [var.artifact_dir]
}

run "refuses_a_bucket_name_with_dots" {
  command = plan

  variables {
    artifact_bucket_name = "acme.dev"
  }

  expect_failures = [var.artifact_bucket_name]
}

run "refuses_another_runtime_than_python" {
  command = plan

  variables {
    runtime = "nodejs22.x"
  }

  expect_failures = [var.runtime]
}

run "refuses_an_unknown_architecture" {
  command = plan

  variables {
    architecture = "aarch64"
  }

  expect_failures = [var.architecture]
}

run "refuses_a_function_name_longer_than_64_characters" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { name = join("", [for number in range(65) : "a"]) }) }
  }

  expect_failures = [var.functions]
}

run "refuses_a_handler_without_a_function" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { handler = "handlers" }) }
  }

  expect_failures = [var.functions]
}

run "refuses_less_memory_than_lambda_gives" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { memory_mb = 64 }) }
  }

  expect_failures = [var.functions]
}

run "refuses_a_timeout_above_15_minutes" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { timeout_s = 901 }) }
  }

  expect_failures = [var.functions]
}

run "refuses_events_younger_than_a_minute_to_expire" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { asynchronous = { maximum_age_s = 30, maximum_retries = 1 } }) }
  }

  expect_failures = [var.functions]
}

run "refuses_more_than_two_retries" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { asynchronous = { maximum_age_s = 60, maximum_retries = 3 } }) }
  }

  expect_failures = [var.functions]
}

run "refuses_to_keep_warm_at_most_fewer_than_at_least" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { provisioned_concurrency = { minimum = 2, maximum = 1 } }) }
  }

  expect_failures = [var.functions]
}

run "refuses_a_share_that_would_stop_the_function" {
  command = plan

  variables {
    functions = { tenants = merge(var.tenants, { reserved_concurrency = 0 }) }
  }

  expect_failures = [var.functions]
}

run "refuses_a_failure_queue_name_with_dots" {
  command = plan

  variables {
    failure_queue_name = "acme.failures"
  }

  expect_failures = [var.failure_queue_name]
}

run "refuses_a_single_subnet" {
  command = plan

  variables {
    subnet_ids = ["subnet-0123456789abcdef0"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_an_unknown_log_level" {
  command = plan

  variables {
    log_level = "VERBOSE"
  }

  expect_failures = [var.log_level]
}

run "refuses_a_retention_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["oncall@acme.example"]
  }

  expect_failures = [var.alarm_actions]
}
