# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_two_hyphens_in_a_row" {
  command = plan

  variables {
    name = "acme--dev"
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

run "refuses_a_minor_version" {
  command = plan

  variables {
    postgresql_version = "16.4"
  }

  expect_failures = [var.postgresql_version]
}

run "refuses_a_port_aurora_does_not_listen_on" {
  command = plan

  variables {
    port = 1000
  }

  expect_failures = [var.port]
}

run "refuses_a_database_name_with_hyphens" {
  command = plan

  variables {
    database_name = "billing-db"
  }

  expect_failures = [var.database_name]
}

run "refuses_a_reserved_master" {
  command = plan

  variables {
    master_username = "rdsadmin"
  }

  expect_failures = [var.master_username]
}

run "refuses_a_master_named_as_a_role_of_the_application" {
  command = plan

  variables {
    master_username = "app"
  }

  expect_failures = [var.master_username]
}

run "refuses_less_capacity_at_most_than_at_least" {
  command = plan

  variables {
    capacity = merge(var.capacity, { min_acu = 16 })
  }

  expect_failures = [var.capacity]
}

run "refuses_capacity_off_the_half_steps" {
  command = plan

  variables {
    capacity = merge(var.capacity, { min_acu = 0.7 })
  }

  expect_failures = [var.capacity]
}

run "refuses_more_than_15_readers" {
  command = plan

  variables {
    capacity = merge(var.capacity, { readers = 16 })
  }

  expect_failures = [var.capacity]
}

run "refuses_a_pause_after_less_than_5_minutes" {
  command = plan

  variables {
    capacity = merge(var.capacity, { min_acu = 0, seconds_until_auto_pause = 60 })
  }

  expect_failures = [var.capacity]
}

run "refuses_no_backups" {
  command = plan

  variables {
    protection = merge(var.protection, { backup_retention_days = 0 })
  }

  expect_failures = [var.protection]
}

run "refuses_protection_without_a_final_snapshot" {
  command = plan

  variables {
    protection = merge(var.protection, { deletion_protection = true })
  }

  expect_failures = [var.protection]
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
