# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "refuses_a_stack_name_of_two_letters" {
  command = plan

  variables {
    stack = merge(var.stack, { name = "ab" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_stack_name_with_two_hyphens_in_a_row" {
  command = plan

  variables {
    stack = merge(var.stack, { name = "acme--eu" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_product_name_that_would_break_a_mail_header" {
  command = plan

  variables {
    stack = merge(var.stack, { product_name = "Acme <script>" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_company_of_two_lines" {
  command = plan

  variables {
    stack = merge(var.stack, { company = "Acme\nInc." })
  }

  expect_failures = [var.stack]
}

run "refuses_a_region_that_is_none" {
  command = plan

  variables {
    stack = merge(var.stack, { region = "virginia" })
  }

  expect_failures = [var.stack]
}

run "refuses_an_unknown_tenancy" {
  command = plan

  variables {
    stack = merge(var.stack, { tenancy = "shared" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_dedicated_stack_of_nobody" {
  command = plan

  variables {
    stack = merge(var.stack, { tenancy = "dedicated" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_pooled_stack_of_somebody" {
  command = plan

  variables {
    stack = merge(var.stack, { tenant_name = "Umbrella" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_domain_without_a_dot" {
  command = plan

  variables {
    stack = merge(var.stack, { domain = "acme", sender_email = "billing@acme" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_sender_of_another_domain" {
  command = plan

  variables {
    stack = merge(var.stack, { sender_email = "billing@elsewhere.example" })
  }

  expect_failures = [var.stack]
}

run "refuses_an_administrator_without_an_address" {
  command = plan

  variables {
    stack = merge(var.stack, { admin_email = "admin" })
  }

  expect_failures = [var.stack]
}

run "refuses_a_currency_in_words" {
  command = plan

  variables {
    stack = merge(var.stack, { currency = "dollars" })
  }

  expect_failures = [var.stack]
}

run "refuses_an_unknown_tier" {
  command = plan

  variables {
    tier = merge(var.tier, { name = "huge" })
  }

  expect_failures = [var.tier]
}

run "refuses_less_capacity_at_most_than_at_least" {
  command = plan

  variables {
    tier = merge(var.tier, { aurora = { min_acu = 8, max_acu = 4, readers = 0 } })
  }

  expect_failures = [var.tier]
}

run "refuses_more_than_15_readers" {
  command = plan

  variables {
    tier = merge(var.tier, { aurora = { min_acu = 1, max_acu = 4, readers = 16 } })
  }

  expect_failures = [var.tier]
}

run "refuses_a_proxy_that_keeps_the_database_awake" {
  command = plan

  variables {
    tier = merge(var.tier, { rds_proxy = true })
  }

  expect_failures = [var.tier]
}

run "refuses_a_single_zone" {
  command = plan

  variables {
    tier = merge(var.tier, { availability_zones = 1 })
  }

  expect_failures = [var.tier]
}

run "refuses_an_unknown_nat_layout" {
  command = plan

  variables {
    tier = merge(var.tier, { nat_gateways = "none" })
  }

  expect_failures = [var.tier]
}

run "refuses_a_burst_below_the_rate" {
  command = plan

  variables {
    tier = merge(var.tier, { api = { rate_limit = 50, burst_limit = 10 } })
  }

  expect_failures = [var.tier]
}

run "refuses_a_negative_provisioned_concurrency" {
  command = plan

  variables {
    tier = merge(var.tier, { provisioned_concurrency = -1 })
  }

  expect_failures = [var.tier]
}

run "refuses_a_fraction_of_an_environment" {
  command = plan

  variables {
    tier = merge(var.tier, { provisioned_concurrency = 0.5 })
  }

  expect_failures = [var.tier]
}

run "refuses_a_share_too_small_for_what_is_kept_warm" {
  command = plan

  variables {
    tier = merge(var.tier, { provisioned_concurrency = 5, reserved_concurrency = 19 })
  }

  expect_failures = [var.tier]
}

run "refuses_to_trace_more_than_everything" {
  command = plan

  variables {
    tier = merge(var.tier, { traced_percent = 101 })
  }

  expect_failures = [var.tier]
}

run "refuses_a_waf_limit_aws_does_not_accept" {
  command = plan

  variables {
    tier = merge(var.tier, { waf_rate_limit = 10 })
  }

  expect_failures = [var.tier]
}

run "refuses_an_unknown_environment" {
  command = plan

  variables {
    environment = merge(var.environment, { name = "test" })
  }

  expect_failures = [var.environment]
}

run "refuses_backups_for_longer_than_aurora_keeps_them" {
  command = plan

  variables {
    environment = merge(var.environment, { backup_retention_days = 36 })
  }

  expect_failures = [var.environment]
}

run "refuses_protection_without_a_final_snapshot" {
  command = plan

  variables {
    environment = merge(var.environment, { deletion_protection = true })
  }

  expect_failures = [var.environment]
}

run "refuses_prod_without_protection" {
  command = plan

  variables {
    environment = merge(var.environment, { name = "prod" })
  }

  expect_failures = [var.environment]
}

run "refuses_a_retention_cloudwatch_does_not_offer" {
  command = plan

  variables {
    environment = merge(var.environment, { log_retention_days = 31 })
  }

  expect_failures = [var.environment]
}

run "refuses_an_unknown_mfa_mode" {
  command = plan

  variables {
    environment = merge(var.environment, { cognito_mfa = "sometimes" })
  }

  expect_failures = [var.environment]
}

run "refuses_an_unknown_threat_protection" {
  command = plan

  variables {
    environment = merge(var.environment, { threat_protection = "on" })
  }

  expect_failures = [var.environment]
}

run "refuses_an_unknown_waf_mode" {
  command = plan

  variables {
    environment = merge(var.environment, { waf_managed_rules = "allow" })
  }

  expect_failures = [var.environment]
}

run "refuses_a_country_in_words" {
  command = plan

  variables {
    firewall = { blocked_countries = ["Cuba"] }
  }

  expect_failures = [var.firewall]
}

run "refuses_exclusions_of_an_unknown_rule_group" {
  command = plan

  variables {
    firewall = { excluded_rules = { linux = ["LFI_URIPATH"] } }
  }

  expect_failures = [var.firewall]
}

run "refuses_a_stack_that_was_not_built" {
  command = plan

  variables {
    artifact_dir = "tests"
  }

  expect_failures = [var.artifact_dir]
}

run "refuses_monthly_backups_that_end_before_daily_ones" {
  command = plan

  variables {
    environment = merge(var.environment, { backup_retention_days = 7, monthly_backup_retention_days = 7 })
  }

  expect_failures = [var.environment]
}

run "refuses_a_network_of_public_addresses" {
  command = plan

  variables {
    vpc_cidr = "52.0.0.0/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_a_network_without_room_for_its_subnets" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/20"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_a_network_that_begins_in_the_middle" {
  command = plan

  variables {
    vpc_cidr = "10.0.128.0/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "refuses_payments_that_nobody_collects" {
  command = plan

  variables {
    features = { payments = "barter" }
  }

  expect_failures = [var.features]
}

run "refuses_a_price_source_without_tls" {
  command = plan

  variables {
    pricing_source_url = "http://prices.example/models.json"
  }

  expect_failures = [var.pricing_source_url]
}

run "refuses_an_amount_at_most_with_cents" {
  command = plan

  variables {
    billing_bounds = { most = 99.5 }
  }

  expect_failures = [var.billing_bounds]
}

run "refuses_invoices_to_be_no_multiple_of_the_one_before" {
  command = plan

  variables {
    billing_bounds = { most_times = 0 }
  }

  expect_failures = [var.billing_bounds]
}

run "refuses_a_negative_amount_that_does_not_matter" {
  command = plan

  variables {
    billing_bounds = { unless_below = -1 }
  }

  expect_failures = [var.billing_bounds]
}
