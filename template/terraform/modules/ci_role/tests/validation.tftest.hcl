# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_an_account_that_is_none" {
  command = plan

  variables {
    account = merge(var.account, { id = "42" })
  }

  expect_failures = [var.account]
}

run "refuses_every_repository_of_an_owner" {
  command = plan

  variables {
    repository = "acme/*"
  }

  expect_failures = [var.repository]
}

run "refuses_a_branch_by_a_pattern" {
  command = plan

  variables {
    branch = "release/*"
  }

  expect_failures = [var.branch]
}

run "refuses_no_tags_to_tell_the_stack_by" {
  command = plan

  variables {
    tags = {}
  }

  expect_failures = [var.tags]
}

run "refuses_every_bucket_as_the_state_s" {
  command = plan

  variables {
    state = merge(var.state, { bucket = "*" })
  }

  expect_failures = [var.state]
}

run "refuses_every_state_of_the_bucket" {
  command = plan

  variables {
    state = merge(var.state, { key = "*" })
  }

  expect_failures = [var.state]
}

run "refuses_a_state_in_no_region" {
  command = plan

  variables {
    state = merge(var.state, { region = "virginia" })
  }

  expect_failures = [var.state]
}

run "refuses_a_key_of_the_state_without_an_alias" {
  command = plan

  variables {
    state = merge(var.state, { kms_key_id = "*" })
  }

  expect_failures = [var.state]
}

run "refuses_every_bucket_as_the_artifacts" {
  command = plan

  variables {
    artifact_bucket_name = "*"
  }

  expect_failures = [var.artifact_bucket_name]
}

run "refuses_every_domain" {
  command = plan

  variables {
    domain = "*"
  }

  expect_failures = [var.domain]
}

run "refuses_every_function_as_the_one_that_migrates" {
  command = plan

  variables {
    migrate_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:*"
  }

  expect_failures = [var.migrate_function_arn]
}

run "refuses_every_bucket_as_the_exports" {
  command = plan

  variables {
    exports_bucket_name = "*"
  }

  expect_failures = [var.exports_bucket_name]
}
