# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_in_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_every_cluster" {
  command = plan

  variables {
    cluster_arn = "arn:aws:rds:us-east-1:123456789012:cluster:*"
  }

  expect_failures = [var.cluster_arn]
}

run "refuses_a_key_that_is_no_arn" {
  command = plan

  variables {
    kms_key_arn = "alias/database"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_copies_for_no_day" {
  command = plan

  variables {
    retention = { daily_days = 0 }
  }

  expect_failures = [var.retention]
}

run "refuses_monthly_copies_that_end_before_daily_ones" {
  command = plan

  variables {
    retention = { daily_days = 35, monthly_days = 30 }
  }

  expect_failures = [var.retention]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["warning"]
  }

  expect_failures = [var.alarm_actions]
}

run "refuses_a_boundary_that_is_no_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:role/acme-dev"
  }

  expect_failures = [var.permissions_boundary_arn]
}
