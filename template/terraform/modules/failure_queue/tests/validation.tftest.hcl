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

run "refuses_a_failure_without_words" {
  command = plan

  variables {
    failure = " "
  }

  expect_failures = [var.failure]
}

run "refuses_a_key_with_hyphens" {
  command = plan

  variables {
    redrive_key = "failed-invocations"
  }

  expect_failures = [var.redrive_key]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["warning"]
  }

  expect_failures = [var.alarm_actions]
}
