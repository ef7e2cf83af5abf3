# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

variables {
  team = { severities = ["info"], protocol = "email", endpoint = "team@acme.example" }
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

run "refuses_a_key_that_dies_within_a_week" {
  command = plan

  variables {
    key_deletion_window_days = 6
  }

  expect_failures = [var.key_deletion_window_days]
}

run "refuses_a_receiver_with_a_space" {
  command = plan

  variables {
    alert_subscriptions = { "On Call" = var.team }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_a_severity_that_is_none" {
  command = plan

  variables {
    alert_subscriptions = { team = merge(var.team, { severities = ["fatal"] }) }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_a_receiver_of_nothing" {
  command = plan

  variables {
    alert_subscriptions = { team = merge(var.team, { severities = [] }) }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_a_protocol_without_encryption" {
  command = plan

  variables {
    alert_subscriptions = { team = merge(var.team, { protocol = "http", endpoint = "http://pager.example" }) }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_a_mail_address_that_is_none" {
  command = plan

  variables {
    alert_subscriptions = { team = merge(var.team, { endpoint = "team" }) }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_an_endpoint_without_tls" {
  command = plan

  variables {
    alert_subscriptions = { team = merge(var.team, { protocol = "https", endpoint = "http://pager.example" }) }
  }

  expect_failures = [var.alert_subscriptions]
}

run "refuses_a_rate_of_100_percent" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { function_error_rate_percent = 100 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_a_processor_that_is_never_busy_enough" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { database_cpu_percent = 100 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_fewer_than_no_throttles" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { function_throttles = -1 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_a_band_without_width" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { api_latency_band_deviations = 0 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_a_limit_of_no_connection" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { database_connections = 0 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_a_disk_that_may_run_full" {
  command = plan

  variables {
    thresholds = merge(var.thresholds, { database_local_storage_gb = 0 })
  }

  expect_failures = [var.thresholds]
}

run "refuses_a_namespace_of_aws" {
  command = plan

  variables {
    metrics_namespace = "AWS/Lambda"
  }

  expect_failures = [var.metrics_namespace]
}

run "refuses_no_function_at_all" {
  command = plan

  variables {
    functions = {}
  }

  expect_failures = [var.functions]
}

run "refuses_more_functions_than_a_query_reads" {
  command = plan

  variables {
    functions = { for number in range(51) : "f${number}" => { name = "f", log_group_name = "/aws/lambda/f" } }
  }

  expect_failures = [var.functions]
}

run "refuses_a_function_that_is_no_function_key" {
  command = plan

  variables {
    functions = { "Tenants" = var.functions["tenants"] }
  }

  expect_failures = [var.functions]
}

run "refuses_a_database_without_a_writer" {
  command = plan

  variables {
    database_instances = {}
  }

  expect_failures = [var.database_instances]
}

run "refuses_a_name_longer_than_a_sampling_rules" {
  command = plan

  variables {
    name = "a-name-of-thirty-three-characters"
  }

  expect_failures = [var.name]
}

run "refuses_to_trace_more_than_everything" {
  command = plan

  variables {
    traced_percent = 101
  }

  expect_failures = [var.traced_percent]
}

run "refuses_a_figure_that_is_no_metric_of_ours" {
  command = plan

  variables {
    figures = { "AWS/Errors" = { functions = ["tenants"], severity = "info", happened = "is stuck" } }
  }

  expect_failures = [var.figures]
}

run "refuses_a_figure_of_a_function_there_is_not" {
  command = plan

  variables {
    figures = { stuck = { functions = ["invoices"], severity = "info", happened = "is stuck" } }
  }

  expect_failures = [var.figures]
}

run "refuses_a_figure_of_a_severity_nobody_receives" {
  command = plan

  variables {
    figures = { stuck = { functions = ["tenants"], severity = "urgent", happened = "is stuck" } }
  }

  expect_failures = [var.figures]
}

run "refuses_an_alarm_of_a_minute_and_a_half" {
  command = plan

  variables {
    figures = { stuck = { functions = ["tenants"], severity = "info", lasts_s = 90, happened = "is stuck" } }
  }

  expect_failures = [var.figures]
}

run "refuses_an_alarm_of_fewer_than_nothing" {
  command = plan

  variables {
    figures = { stuck = { functions = ["tenants"], severity = "info", threshold = -1, happened = "is stuck" } }
  }

  expect_failures = [var.figures]
}
