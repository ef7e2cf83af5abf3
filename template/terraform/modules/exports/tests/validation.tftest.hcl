# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_bucket_with_capitals" {
  command = plan

  variables {
    bucket_name = "Exports"
  }

  expect_failures = [var.bucket_name]
}

run "refuses_to_keep_files_for_ever" {
  command = plan

  variables {
    kept_days = 365
  }

  expect_failures = [var.kept_days]
}
