# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

key_deletion_window_days = 7
alert_subscriptions      = {}
metrics_namespace        = "acme-dev"
traced_percent           = 10
manages_account_settings = true

thresholds = {
  function_error_rate_percent = 5
  function_throttles          = 0
  function_spillover_percent  = 5
  api_server_errors           = 10
  api_latency_band_deviations = 2
  database_cpu_percent        = 70
  database_connections        = 80
  database_local_storage_gb   = 5
}

functions = {
  tenants          = { name = "acme-dev-tenants", log_group_name = "/aws/lambda/acme-dev-tenants", warm_alias = "live" }
  generate_invoice = { name = "acme-dev-generate-invoice", log_group_name = "/aws/lambda/acme-dev-generate-invoice" }
}

api = {
  name                  = "acme-dev"
  stage_name            = "api"
  access_log_group_name = "/aws/apigateway/acme-dev/access"
}

figures = {
  invoices_stuck = { functions = ["generate_invoice"], severity = "warning", happened = "is stuck" }
}

queues             = { generate_invoice = "acme-dev-generate-invoice" }
dead_letter_queues = { generate_invoice = "acme-dev-generate-invoice-dlq", schedules = "acme-dev-schedules-dlq" }
database_instances = { writer = "acme-dev-writer", reader-1 = "acme-dev-reader-1" }
