# A whole stack applied to nothing: every policy is known to the last character, which a plan cannot
# say. (The generator's policy tests read the state of this run.)

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  tier        = jsondecode(file("tiers/growth.tfvars.json")).tier # with interface endpoints
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
  features    = { ci = { repository = "acme@1042/billing@778899" }, payments = "stripe" }
}

run "a_whole_stack_is_applied" {
  command = apply

  assert {
    condition     = local.function_environments["health"].DATABASE_HOST == "acme-dev.proxy-abc.us-east-1.rds.amazonaws.com" && local.function_environments["migrate"].DATABASE_HOST == "acme-dev.cluster-abc.us-east-1.rds.amazonaws.com"
    error_message = "Requests must go by the proxy, and migrations to the cluster."
  }

  assert {
    condition     = output.migrate_function_name == "acme-dev-migrate" && output.database_port == 5432
    error_message = "The outputs that the tool reads must be there."
  }

  assert {
    condition     = toset(keys(output.queue_urls)) == toset(["collect_payments", "generate_invoice", "notify_administrators", "record_usage", "send_notification", "start_deployment", "sync_identities", "write_audit"]) && toset(keys(output.dead_letter_queue_urls)) == toset(keys(output.queue_urls))
    error_message = "Each consumer must have its queue and dead-letter queue among the outputs."
  }
}
