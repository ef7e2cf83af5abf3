# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_an_account_that_is_not_12_digits" {
  command = plan

  variables {
    account = merge(var.account, { id = "42" })
  }

  expect_failures = [var.account]
}

run "refuses_a_function_name_with_capitals" {
  command = plan

  variables {
    function_name = "Acme"
    function      = { name = "Acme", alias = "live" }
  }

  expect_failures = [var.function_name]
}

run "refuses_another_function_than_the_pool_calls" {
  command = plan

  variables {
    function = { name = "acme-dev-tenants", alias = "live" }
  }

  expect_failures = [var.function]
}

run "refuses_an_alias_with_capitals" {
  command = plan

  variables {
    alias = "LIVE"
  }

  expect_failures = [var.alias]
}
