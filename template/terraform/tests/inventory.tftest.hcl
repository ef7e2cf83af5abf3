# What the inventory makes of the stack: who is told what, who may do what.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Nothing here is about the firewall, and a third of the time of a plan is its web ACL.
override_module {
  target = module.waf
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "functions_are_named_after_stack_and_environment" {
  command = plan

  assert {
    condition = local.function_names == {
      health                = "acme-dev-health"
      tenants               = "acme-dev-tenants"
      subscriptions         = "acme-dev-subscriptions"
      invoices              = "acme-dev-invoices"
      generate_invoice      = "acme-dev-generate-invoice"
      send_notification     = "acme-dev-send-notification"
      write_audit           = "acme-dev-write-audit"
      administration        = "acme-dev-administration"
      approvals             = "acme-dev-approvals"
      ingest                = "acme-dev-ingest"
      metering              = "acme-dev-metering"
      payments              = "acme-dev-payments"
      webhooks              = "acme-dev-webhooks"
      record_usage          = "acme-dev-record-usage"
      collect_payments      = "acme-dev-collect-payments"
      maintain_partitions   = "acme-dev-maintain-partitions"
      reprice_usage         = "acme-dev-reprice-usage"
      billing_run           = "acme-dev-billing-run"
      watch_budgets         = "acme-dev-watch-budgets"
      remind_of_invoices    = "acme-dev-remind-of-invoices"
      reconcile_payments    = "acme-dev-reconcile-payments"
      notifications         = "acme-dev-notifications"
      audit                 = "acme-dev-audit"
      sync_identities       = "acme-dev-sync-identities"
      notify_administrators = "acme-dev-notify-administrators"
      start_deployment      = "acme-dev-start-deployment"
      mail_administrators   = "acme-dev-mail-administrators"
      outbox_relay          = "acme-dev-outbox-relay"
      purge_expired         = "acme-dev-purge-expired"
      redrive               = "acme-dev-redrive"
      migrate               = "acme-dev-migrate"
      pre_token             = "acme-dev-pre-token"
    }
    error_message = "Function names must be <stack>-<environment>-<key>."
  }
}

run "only_who_works_across_tenants_connects_as_service" {
  command = plan

  assert {
    condition     = toset([for key, function in local.inventory : key if contains(function.database_users, "service")]) == toset(["administration", "approvals", "billing_run", "invoices", "mail_administrators", "maintain_partitions", "outbox_relay", "purge_expired", "reconcile_payments", "redrive", "remind_of_invoices", "reprice_usage", "tenants", "watch_budgets", "webhooks"])
    error_message = "The cross-tenant role belongs to the operator's routes, to who comes without a tenant (an invitation, a webhook), and to the jobs."
  }

  assert {
    condition     = [for key, function in local.inventory : key if try(function.reads_master_secret, false)] == ["migrate"]
    error_message = "The master secret belongs to migrations."
  }
}

run "functions_are_told_who_they_are" {
  command = plan

  assert {
    condition = alltrue([
      for key, environment in local.function_environments :
      environment.STACK_NAME == "acme" && environment.ENVIRONMENT == "dev" && environment.OPERATOR_TENANT_ID == local.operator_tenant_id && environment.POWERTOOLS_SERVICE_NAME == key
    ])
    error_message = "Each function must know stack, environment, operator and its own name."
  }

  assert {
    condition     = local.function_environments["tenants"].API_FUNCTION == "tenants" && local.function_environments["tenants"].RELAY_FUNCTION == "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-outbox-relay:live"
    error_message = "An API function must know what it serves and whom to nudge."
  }

  assert {
    condition     = local.function_environments["send_notification"].SENDER_EMAIL == "billing@acme.example" && local.function_environments["send_notification"].SES_CONFIGURATION_SET == "acme-dev"
    error_message = "Mail must have its sender."
  }

  assert {
    condition     = local.function_environments["migrate"].ADMIN_EMAIL == "admin@acme.example" && local.function_environments["migrate"].OPERATOR_TENANT_NAME == "Acme Inc."
    error_message = "Migrations must know the operator."
  }
}

run "the_redrive_function_knows_every_dead_letter_queue" {
  command = plan

  assert {
    condition = jsondecode(local.function_environments["redrive"].DEAD_LETTER_QUEUES) == {
      generate_invoice      = { dead_letter_queue_name = "acme-dev-generate-invoice-dlq", queue_name = "acme-dev-generate-invoice" }
      send_notification     = { dead_letter_queue_name = "acme-dev-send-notification-dlq", queue_name = "acme-dev-send-notification" }
      sync_identities       = { dead_letter_queue_name = "acme-dev-sync-identities-dlq", queue_name = "acme-dev-sync-identities" }
      notify_administrators = { dead_letter_queue_name = "acme-dev-notify-administrators-dlq", queue_name = "acme-dev-notify-administrators" }
      start_deployment      = { dead_letter_queue_name = "acme-dev-start-deployment-dlq", queue_name = "acme-dev-start-deployment" }
      collect_payments      = { dead_letter_queue_name = "acme-dev-collect-payments-dlq", queue_name = "acme-dev-collect-payments" }
      record_usage          = { dead_letter_queue_name = "acme-dev-record-usage-dlq", queue_name = "acme-dev-record-usage" }
      write_audit           = { dead_letter_queue_name = "acme-dev-write-audit-dlq", queue_name = "acme-dev-write-audit" }
      failed_invocations    = { dead_letter_queue_name = "acme-dev-failed-invocations" }
      schedules             = { dead_letter_queue_name = "acme-dev-schedules-dlq" }
    }
    error_message = "What dies in a queue must be redrivable, and go back to where it came from."
  }

  assert {
    condition     = toset(keys(jsondecode(local.function_environments["redrive"].ASYNCHRONOUS_FUNCTIONS))) == toset(["billing_run", "mail_administrators", "maintain_partitions", "outbox_relay", "purge_expired", "reconcile_payments", "remind_of_invoices", "reprice_usage", "watch_budgets"])
    error_message = "What fails to the queue of failed invocations must be known by its key."
  }

  # Lambda allows 4 KB of environment, and what every function is told takes one.
  assert {
    condition     = length(local.function_environments["redrive"].DEAD_LETTER_QUEUES) + length(local.function_environments["redrive"].ASYNCHRONOUS_FUNCTIONS) < 2500
    error_message = "The environment of the redrive function is about to grow too large."
  }
}

run "the_operator_is_the_same_on_every_machine" {
  command = plan

  assert {
    condition     = output.operator_tenant_id == uuidv5("dns", "operator.dev.acme.acme.example")
    error_message = "The operator's id must follow from the stack."
  }
}

run "a_dedicated_stack_tells_its_functions_their_tenant" {
  command = plan

  variables {
    stack = merge(var.stack, { tenancy = "dedicated", tenant_name = "Northwind" })
  }

  assert {
    condition     = alltrue([for key, environment in local.function_environments : environment.DEDICATED_TENANT_NAME == "Northwind" && environment.DEDICATED_TENANT_ID == output.dedicated_tenant_id])
    error_message = "Each function must know the tenant the stack was stamped for."
  }
}

run "a_pooled_stack_has_no_tenant_of_its_own" {
  command = plan

  assert {
    condition     = output.dedicated_tenant_id == null && alltrue([for key, environment in local.function_environments : !contains(keys(environment), "DEDICATED_TENANT_ID")])
    error_message = "A pooled stack must not name a tenant."
  }
}

run "who_collects_payments_knows_the_secret_where_there_is_one" {
  command = plan

  variables {
    features = { payments = "stripe" }
  }

  assert {
    condition     = toset([for key, environment in local.function_environments : key if contains(keys(environment), "STRIPE_SECRET_ARN")]) == toset(["collect_payments", "payments", "reconcile_payments", "webhooks"])
    error_message = "The secret is the collectors', and nobody else's."
  }

  assert {
    condition     = output.payment_secret_name == "acme-dev/payments/stripe"
    error_message = "An owner must know which secret to fill."
  }
}

run "invoices_are_paid_by_hand_unless_a_stack_says_otherwise" {
  command = plan

  assert {
    condition     = length(module.payment_secret) == 0 && output.payment_secret_name == null && alltrue([for environment in values(local.function_environments) : !contains(keys(environment), "STRIPE_SECRET_ARN")])
    error_message = "Without a provider there is no secret, and nobody looks for one."
  }
}

run "prices_are_imported_from_where_the_stack_says" {
  command = plan

  variables {
    pricing_source_url = "https://prices.example/models.json"
  }

  assert {
    condition     = { for key, environment in local.function_environments : key => environment.PRICING_SOURCE_URL if contains(keys(environment), "PRICING_SOURCE_URL") } == { metering = "https://prices.example/models.json" }
    error_message = "Who imports prices must know from where."
  }
}

run "the_billing_run_stops_at_the_bounds_of_the_code_unless_the_stack_says_otherwise" {
  command = plan

  variables {
    billing_bounds = { most = 5000 }
  }

  assert {
    condition     = { for key, environment in local.function_environments : key => jsondecode(environment.BILLING_BOUNDS) if contains(keys(environment), "BILLING_BOUNDS") } == { billing_run = { most = 5000, mostTimes = 10, unlessBelow = 100 } }
    error_message = "Who bills must know what no invoice may be."
  }
}

run "queues_follow_the_consumers_figures" {
  command = plan

  assert {
    condition     = { for consumer in ["generate_invoice", "send_notification", "write_audit"] : consumer => [local.consumers[consumer].max_receive_count, 6 * local.inventory[consumer].timeout_s, local.consumers[consumer].batch_size] } == { generate_invoice = [5, 180, 1], send_notification = [3, 90, 5], write_audit = [5, 90, 10] }
    error_message = "Tries, visibility and batches must be those of the design."
  }
}

run "sign_in_addresses_do_not_speak_of_aws" {
  command = plan

  variables {
    stack = merge(var.stack, { name = "laws-cognito" })
  }

  assert {
    condition     = length(regexall("aws|amazon|cognito", local.auth_domain_prefix)) == 0
    error_message = "Cognito refuses prefixes with its own names."
  }
}

run "a_paused_database_gets_time_to_wake" {
  command = plan

  assert {
    condition     = local.inventory.tenants.timeout_s == 29
    error_message = "The first request after a pause must be answered."
  }
}

run "another_stack_of_the_account_may_own_its_settings" {
  command = plan

  variables {
    manages_account_settings = false
  }

  assert {
    condition     = output.name == "acme-dev"
    error_message = "A second stack must plan."
  }
}
