# Functions that serve the API, by the resources they serve.

locals {
  api_functions = {
    health = {
      description    = "API: health"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app"]
    }
    tenants = {
      description    = "API: tenants"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app", "service"] # the operator reads and creates across tenants
      nudges_relay   = true
    }
    subscriptions = {
      description    = "API: subscriptions and their catalogue"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app"]
      nudges_relay   = true
    }
    invoices = {
      description    = "API: invoices, their documents, periods and budgets"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 1024 # a PDF is bound by its processor
      timeout_s      = local.api_timeout_s
      database_users = ["app", "service"] # the operator issues and settles its customers'
      nudges_relay   = true
      writes_exports = true
    }
    ingest = {
      description             = "API: usage, as it happens"
      handler                 = "handlers.app.handler"
      serves_api              = true
      memory_mb               = 512
      timeout_s               = local.api_timeout_s
      database_users          = ["app"]
      nudges_relay            = true
      provisioned_concurrency = local.provisioned_concurrency # a product waits at each of its calls
    }
    metering = {
      description    = "API: usage reports, models and prices"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app"]
      nudges_relay   = true
    }
    payments = {
      description       = "API: payment methods"
      handler           = "handlers.app.handler"
      serves_api        = true
      memory_mb         = 512
      timeout_s         = local.api_timeout_s
      database_users    = ["app"]
      nudges_relay      = true
      collects_payments = true
    }
    webhooks = {
      description       = "API: what the payment provider reports"
      handler           = "handlers.app.handler"
      serves_api        = true
      memory_mb         = 512
      timeout_s         = local.api_timeout_s
      database_users    = ["service"] # the provider knows no tenant
      nudges_relay      = true
      collects_payments = true
    }
    administration = {
      description    = "API: invitations, administrators, profiles, machine clients"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app", "service"] # a token belongs to a tenant that nobody has named yet
      nudges_relay   = true
      makes_users    = true
      makes_clients  = true
    }
    approvals = {
      description    = "API: approvals, billing settings"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app", "service"] # whose bills a price changes is asked across tenants
      nudges_relay   = true
    }
    notifications = {
      description    = "API: notifications of administrators"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 512
      timeout_s      = local.api_timeout_s
      database_users = ["app"]
      nudges_relay   = true
    }
    audit = {
      description    = "API: the audit trail"
      handler        = "handlers.app.handler"
      serves_api     = true
      memory_mb      = 1024 # an export is bound by its processor
      timeout_s      = 29
      database_users = ["app"]
      nudges_relay   = true
      writes_exports = true
    }
  }
}
