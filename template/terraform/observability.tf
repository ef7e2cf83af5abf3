# How the stack is watched, and who is told.

locals {
  # Figures that ask for somebody's attention; how long a fault must last is the module's.
  alert_thresholds = {
    function_error_rate_percent = 5
    function_throttles          = 0
    function_spillover_percent  = 5
    api_server_errors           = 10
    api_latency_band_deviations = 2
    database_cpu_percent        = 70
    database_connections        = 80
    database_local_storage_gb   = 5
  }

  # What is the same an hour later is counted again, and no new alarm.
  between_billing_runs_s = 2 * 60 * 60

  # Figures that should stay at nothing, as the handlers name them. A stray webhook is no attack; of a
  # wrong secret those about a single invoice tell.
  alert_figures = {
    billing_run_stopped       = { functions = ["billing_run"], severity = "critical", lasts_s = local.between_billing_runs_s, happened = "has stopped before it issued anything: a draft leaves billing_bounds. Once a person has finalized or voided the drafts that its log names, it goes on within the hour; or let it go on with other bounds (saasgen billing-run --most)" }
    tenants_not_billed        = { functions = ["billing_run"], severity = "warning", lasts_s = local.between_billing_runs_s, happened = "could not bill a tenant, and tries again every hour; saasgen billing-run says whom, and why" }
    payment_unexpected        = { functions = ["collect_payments", "reconcile_payments"], severity = "warning", happened = "has found a payment that fits no open invoice; the log says which" }
    refund_failed             = { functions = ["collect_payments", "reconcile_payments"], severity = "warning", happened = "has found that a refund failed: the customer waits for the money, and the log says who" }
    reconciliation_incomplete = { functions = ["reconcile_payments"], severity = "warning", happened = "has run out of time before every tenant was compared" }
    webhook_refused           = { functions = ["webhooks"], severity = "warning", threshold = 4, lasts_s = 3600, happened = "has refused more than 4 webhooks in an hour: somebody forges them, or the secret of the webhooks is not the provider's" }
  }
}

module "observability" {
  source = "./modules/observability"

  name                     = local.name
  account                  = local.account
  key_deletion_window_days = var.environment.deletion_protection ? 30 : 7
  alert_subscriptions      = var.alert_subscriptions
  thresholds               = local.alert_thresholds
  figures                  = local.alert_figures
  metrics_namespace        = local.common_environment.POWERTOOLS_METRICS_NAMESPACE
  database_instances       = module.rds.instance_identifiers
  traced_percent           = var.tier.traced_percent
  manages_account_settings = var.manages_account_settings
  database_proxy_name      = one([for proxy in module.rds_proxy : proxy.name])

  functions = {
    for key, name in module.functions.function_names : key => {
      name           = name
      log_group_name = module.functions.log_group_names[key]
      warm_alias     = contains(keys(module.functions.provisioned_concurrency), key) ? local.function_alias : null
    }
  }

  api = {
    name                  = local.name
    stage_name            = module.api.stage_name
    access_log_group_name = module.api.access_log_group_name
  }

  queues             = module.events.queue_names
  dead_letter_queues = local.dead_letter_queue_names
}
