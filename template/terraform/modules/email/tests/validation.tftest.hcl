# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_a_domain_without_a_dot" {
  command = plan

  variables {
    domain = "acme"
  }

  expect_failures = [var.domain]
}

run "refuses_an_unknown_form_of_region" {
  command = plan

  variables {
    region = "virginia"
  }

  expect_failures = [var.region]
}

run "refuses_a_mail_from_of_several_labels" {
  command = plan

  variables {
    mail_from_label = "mail.bounces"
  }

  expect_failures = [var.mail_from_label]
}

run "refuses_a_report_address_that_is_none" {
  command = plan

  variables {
    dmarc_report_email = "billing"
  }

  expect_failures = [var.dmarc_report_email]
}
