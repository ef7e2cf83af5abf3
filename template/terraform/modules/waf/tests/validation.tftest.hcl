# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    region = "virginia"
  }

  expect_failures = [var.region]
}

run "refuses_a_stage_of_an_http_api" {
  command = plan

  variables {
    stage_arn = "arn:aws:apigateway:us-east-1::/apis/abcdefghij/stages/api"
  }

  expect_failures = [var.stage_arn]
}

run "refuses_a_rate_no_caller_keeps_below" {
  command = plan

  variables {
    rate_limit = 10
  }

  expect_failures = [var.rate_limit]
}

run "refuses_an_unknown_mode" {
  command = plan

  variables {
    managed_rules = "allow"
  }

  expect_failures = [var.managed_rules]
}

run "refuses_exclusions_of_an_unknown_group" {
  command = plan

  variables {
    excluded_rules = { linux = ["LFI_URIPATH"] }
  }

  expect_failures = [var.excluded_rules]
}

run "refuses_exclusions_that_name_no_rule" {
  command = plan

  variables {
    excluded_rules = { common = ["Size Restrictions"] }
  }

  expect_failures = [var.excluded_rules]
}

run "refuses_a_code_that_is_no_country" {
  command = plan

  variables {
    blocked_countries = ["KP", "UK"]
  }

  expect_failures = [var.blocked_countries]
}

run "refuses_a_retention_cloudwatch_does_not_offer" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "refuses_an_alarm_action_that_is_no_arn" {
  command = plan

  variables {
    alarm_actions = ["alarms"]
  }

  expect_failures = [var.alarm_actions]
}
