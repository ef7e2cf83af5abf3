# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_an_account_of_11_digits" {
  command = plan

  variables {
    account = { id = "12345678901", partition = "aws", region = "eu-central-1" }
  }

  expect_failures = [var.account]
}

run "refuses_a_single_route_table" {
  command = plan

  variables {
    route_table_ids = ["rtb-a"]
  }

  expect_failures = [var.route_table_ids]
}

run "refuses_a_single_subnet" {
  command = plan

  variables {
    subnet_ids = ["subnet-a"]
  }

  expect_failures = [var.subnet_ids]
}

run "refuses_a_bucket_name_that_is_a_pattern" {
  command = plan

  variables {
    artifact_bucket_name = "*"
  }

  expect_failures = [var.artifact_bucket_name]
}

run "refuses_every_key" {
  command = plan

  variables {
    kms_key_arns = ["*"]
  }

  expect_failures = [var.kms_key_arns]
}

run "refuses_every_secret" {
  command = plan

  variables {
    secret_arns = ["*"]
  }

  expect_failures = [var.secret_arns]
}

run "exports_refuses_a_bucket_name_that_is_a_pattern" {
  command = plan

  variables {
    exports_bucket_name = "*"
  }

  expect_failures = [var.exports_bucket_name]
}
