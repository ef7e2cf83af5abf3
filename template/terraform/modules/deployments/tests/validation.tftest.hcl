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

run "refuses_a_pipeline_longer_than_sqs_can_hide" {
  command = plan

  variables {
    pipeline_timeout_s = 43201
    waiting_alarm_s    = 86400
  }

  expect_failures = [var.pipeline_timeout_s]
}

run "refuses_no_try_at_all" {
  command = plan

  variables {
    max_receive_count = 0
  }

  expect_failures = [var.max_receive_count]
}

run "refuses_an_alarm_while_a_pipeline_is_still_at_it" {
  command = plan

  variables {
    waiting_alarm_s = 3600
  }

  expect_failures = [var.waiting_alarm_s]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["oncall@acme.example"]
  }

  expect_failures = [var.alarm_actions]
}
