# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

override_resource {
  target = aws_s3_bucket.state
  values = { id = "acme-dev-terraform-state" }
}

run "refuses_a_stack_with_capitals" {
  command = plan

  variables {
    stack = { name = "Acme" }
  }

  expect_failures = [var.stack]
}

run "refuses_an_unknown_environment" {
  command = plan

  variables {
    environment = { name = "test" }
  }

  expect_failures = [var.environment]
}

run "refuses_what_is_no_region" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}

run "refuses_a_bucket_with_dots" {
  command = plan

  variables {
    bucket_name = "state.acme.example"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_what_is_no_key" {
  command = plan

  variables {
    existing_key_id = "alias/acme"
  }

  expect_failures = [var.existing_key_id]
}

run "refuses_to_forget_a_state_within_a_month" {
  command = plan

  variables {
    noncurrent_version_days = 29
  }

  expect_failures = [var.noncurrent_version_days]
}

run "refuses_a_key_gone_within_a_week" {
  command = plan

  variables {
    key_deletion_window_days = 6
  }

  expect_failures = [var.key_deletion_window_days]
}
