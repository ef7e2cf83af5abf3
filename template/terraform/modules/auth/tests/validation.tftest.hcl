# Each rule of variables.tf refuses what it is there to refuse.

mock_provider "aws" {}

run "refuses_a_name_with_capitals" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}

run "refuses_a_product_name_that_would_break_a_mail_header" {
  command = plan

  variables {
    product_name = "Acme <script>"
  }

  expect_failures = [var.product_name]
}

run "refuses_an_unknown_threat_protection" {
  command = plan

  variables {
    threat_protection = "AUDIT"
  }

  expect_failures = [var.threat_protection]
}

run "refuses_a_sign_in_address_with_dots" {
  command = plan

  variables {
    domain_prefix = "acme.dev"
  }

  expect_failures = [var.domain_prefix]
}

run "refuses_a_sign_in_address_that_speaks_of_aws" {
  command = plan

  variables {
    domain_prefix = "acme-aws"
  }

  expect_failures = [var.domain_prefix]
}

run "refuses_an_unknown_mfa_mode" {
  command = plan

  variables {
    mfa = "sometimes"
  }

  expect_failures = [var.mfa]
}

run "refuses_a_trigger_that_is_no_function" {
  command = plan

  variables {
    pre_token_trigger = merge(var.pre_token_trigger, { lambda_arn = "acme-dev-pre-token" })
  }

  expect_failures = [var.pre_token_trigger]
}

run "refuses_an_event_that_cannot_change_access_tokens" {
  command = plan

  variables {
    pre_token_trigger = merge(var.pre_token_trigger, { lambda_version = "V2_0" })
  }

  expect_failures = [var.pre_token_trigger]
}

run "refuses_a_sender_without_an_identity" {
  command = plan

  variables {
    sender = { email = "billing@acme.example", identity_arn = "acme.example", configuration_set_name = "acme-dev" }
  }

  expect_failures = [var.sender]
}

run "refuses_a_group_with_spaces" {
  command = plan

  variables {
    groups = merge(var.groups, { "power user" = { precedence = 3, description = "" } })
  }

  expect_failures = [var.groups]
}

run "refuses_two_groups_of_the_same_precedence" {
  command = plan

  variables {
    groups = merge(var.groups, { auditor = { precedence = 2, description = "Reads" } })
  }

  expect_failures = [var.groups]
}

run "refuses_a_resource_server_with_spaces" {
  command = plan

  variables {
    resource_server = "billing api"
  }

  expect_failures = [var.resource_server]
}

run "refuses_a_scope_that_neither_reads_nor_writes" {
  command = plan

  variables {
    scopes = { "tenants.own" = "Own tenants" }
  }

  expect_failures = [var.scopes]
}

run "refuses_a_callback_without_tls" {
  command = plan

  variables {
    callback_urls = ["http://app.acme.example/callback"]
  }

  expect_failures = [var.callback_urls]
}

run "refuses_a_logout_address_without_tls" {
  command = plan

  variables {
    logout_urls = ["http://app.acme.example/"]
  }

  expect_failures = [var.logout_urls]
}

run "refuses_an_administrator_without_an_address" {
  command = plan

  variables {
    administrator = merge(var.administrator, { email = "admin" })
  }

  expect_failures = [var.administrator]
}

run "refuses_an_administrator_of_no_tenant" {
  command = plan

  variables {
    administrator = merge(var.administrator, { tenant_id = "operator" })
  }

  expect_failures = [var.administrator]
}

run "refuses_an_administrator_of_an_unknown_group" {
  command = plan

  variables {
    administrator = merge(var.administrator, { group = "root" })
  }

  expect_failures = [var.administrator]
}
