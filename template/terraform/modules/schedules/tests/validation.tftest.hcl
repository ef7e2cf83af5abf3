# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_an_account_that_is_not_12_digits" {
  command = plan

  variables {
    account = merge(var.account, { id = "42" })
  }

  expect_failures = [var.account]
}

run "refuses_no_schedules" {
  command = plan

  variables {
    schedules = {}
  }

  expect_failures = [var.schedules]
}

run "refuses_an_expression_of_another_scheduler" {
  command = plan

  variables {
    schedules = { outbox_relay = merge(var.schedules.outbox_relay, { expression = "*/5 * * * *" }) }
  }

  expect_failures = [var.schedules]
}

run "refuses_to_try_for_less_than_a_minute" {
  command = plan

  variables {
    schedules = { outbox_relay = merge(var.schedules.outbox_relay, { maximum_age_s = 59 }) }
  }

  expect_failures = [var.schedules]
}

run "refuses_more_than_185_retries" {
  command = plan

  variables {
    schedules = { outbox_relay = merge(var.schedules.outbox_relay, { maximum_retries = 186 }) }
  }

  expect_failures = [var.schedules]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["oncall@acme.example"]
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
