# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_a_provider_that_is_a_path" {
  command = plan

  variables {
    provider_name = "stripe/*"
  }

  expect_failures = [var.provider_name]
}

run "refuses_a_key_that_ends_tomorrow" {
  command = plan

  variables {
    key_deletion_window_days = 1
  }

  expect_failures = [var.key_deletion_window_days]
}

run "refuses_a_recovery_window_of_a_day" {
  command = plan

  variables {
    recovery_window_days = 1
  }

  expect_failures = [var.recovery_window_days]
}
