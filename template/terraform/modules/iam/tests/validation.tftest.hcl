# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

variables {
  functions = {
    tenants = { name = "acme-dev-tenants", database_logins = { app_direct = "cluster-ABCDEFGHIJKLMNOP" } }
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

run "refuses_a_function_name_longer_than_a_role_name" {
  command = plan

  variables {
    functions = { tenants = { name = join("", [for number in range(65) : "a"]) } }
  }

  expect_failures = [var.functions]
}

run "refuses_a_database_user_that_is_no_role" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", database_logins = { master = "cluster-ABCDEFGHIJKLMNOP" } } }
  }

  expect_failures = [var.functions]
}

run "refuses_a_proxied_login_at_a_cluster" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", database_logins = { app_proxied = "cluster-ABCDEFGHIJKLMNOP" } } }
  }

  expect_failures = [var.functions]
}

run "refuses_secrets_that_are_no_single_arns" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", fills_secret_arns = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:*"] } }
  }

  expect_failures = [var.functions]
}

run "refuses_a_queue_that_is_no_arn" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", consumes_queue_arn = "acme-dev-tenants" } }
  }

  expect_failures = [var.functions]
}

run "refuses_to_redrive_every_queue" {
  command = plan

  variables {
    functions = {
      redrive = {
        name = "acme-dev-redrive"
        redrives = {
          dead_letter_queue_arns = ["arn:aws:sqs:us-east-1:123456789012:*"]
          queue_arns             = []
          alias_arns             = []
        }
      }
    }
  }

  expect_failures = [var.functions]
}

run "refuses_to_start_what_is_no_alias" {
  command = plan

  variables {
    functions = {
      redrive = {
        name = "acme-dev-redrive"
        redrives = {
          dead_letter_queue_arns = []
          queue_arns             = []
          alias_arns             = ["acme-dev-outbox-relay"]
        }
      }
    }
  }

  expect_failures = [var.functions]
}

run "refuses_a_wildcard_among_the_resources" {
  command = plan

  variables {
    resources = merge(var.resources, { events_topic_arn = "arn:aws:sns:us-east-1:123456789012:*" })
  }

  expect_failures = [var.resources]
}

run "refuses_a_resource_that_is_no_arn" {
  command = plan

  variables {
    resources = merge(var.resources, { failure_queue_arn = "acme-dev-failed-invocations" })
  }

  expect_failures = [var.resources]
}

run "refuses_a_sender_that_is_no_address" {
  command = plan

  variables {
    resources = merge(var.resources, { sender_email = "billing" })
  }

  expect_failures = [var.resources]
}

run "refuses_a_boundary_that_is_no_policy" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::123456789012:role/acme-dev"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "refuses_to_read_every_secret" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", reads_secret = { arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*", kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/payments" } } }
  }

  expect_failures = [var.functions]
}

run "refuses_to_feed_every_queue" {
  command = plan

  variables {
    functions = { tenants = { name = "acme-dev-tenants", feeds_queue_arns = ["arn:aws:sqs:us-east-1:123456789012:*"] } }
  }

  expect_failures = [var.functions]
}
