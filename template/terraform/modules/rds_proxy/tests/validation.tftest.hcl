# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_two_hyphens_in_a_row" {
  command = plan

  variables {
    name = "acme--dev"
  }

  expect_failures = [var.name]
}

run "refuses_subnets_of_one_zone" {
  command = plan

  variables {
    subnet_ids = ["subnet-a"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_a_port_aurora_does_not_take" {
  command = plan

  variables {
    database_port = 80
  }

  expect_failures = [var.database_port]
}

run "refuses_logins_without_a_secret" {
  command = plan

  variables {
    login_secret_arns = {}
  }

  expect_failures = [var.login_secret_arns]
}

run "refuses_a_key_that_is_no_arn" {
  command = plan

  variables {
    kms_key_arn = "alias/database"
  }

  expect_failures = [var.kms_key_arn]
}

run "refuses_a_wait_of_no_time" {
  command = plan

  variables {
    connection_borrow_timeout_s = 0
  }

  expect_failures = [var.connection_borrow_timeout_s]
}

run "refuses_thresholds_below_zero" {
  command = plan

  variables {
    thresholds = { pinned_connections = -1, borrow_latency_ms = 100 }
  }

  expect_failures = [var.thresholds]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["alarms"]
  }

  expect_failures = [var.alarm_actions]
}

run "refuses_a_retention_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_a_boundary_that_is_no_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:role/acme-dev"
  }

  expect_failures = [var.permissions_boundary_arn]
}
