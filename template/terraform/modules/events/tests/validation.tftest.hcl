# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

variables {
  function_alias_arns = {
    write_audit = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-write-audit:live"
  }
  consumers = {}
  audit = {
    event_types         = ["subscription.created"]
    timeout_s           = 15
    max_receive_count   = 5
    batch_size          = 10
    batching_window_s   = 1
    maximum_concurrency = 5
  }
}

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

run "refuses_an_empty_filter" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { event_types = [] }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_to_send_to_a_consumer_that_has_events" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { sender_role_arns = ["arn:aws:iam::123456789012:role/acme-dev-tenants"] }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_every_role_as_the_sender" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { event_types = [], sender_role_arns = ["arn:aws:iam::123456789012:role/*"] }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_an_event_type_without_a_subject" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { event_types = ["created"] }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_consumer_timeout_above_15_minutes" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { timeout_s = 901 }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_no_try_at_all" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { max_receive_count = 0 }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_batch_above_10" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { batch_size = 11 }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_window_above_5_minutes" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { batching_window_s = 301 }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_concurrency_of_one" {
  command = plan

  variables {
    consumers = { write_audit = merge(var.audit, { maximum_concurrency = 1 }) }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_consumer_that_is_no_function_key" {
  command = plan

  variables {
    consumers = { "Write-Audit" = var.audit }
  }

  expect_failures = [var.consumers]
}

run "refuses_a_consumer_without_a_function" {
  command = plan

  variables {
    consumers = { send_mail = var.audit }
  }

  expect_failures = [var.function_alias_arns]
}

run "refuses_a_key_that_dies_within_a_week" {
  command = plan

  variables {
    key_deletion_window_days = 6
  }

  expect_failures = [var.key_deletion_window_days]
}

run "refuses_alarm_actions_that_are_no_arns" {
  command = plan

  variables {
    alarm_actions = ["oncall@acme.example"]
  }

  expect_failures = [var.alarm_actions]
}
