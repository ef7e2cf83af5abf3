# What a function is told. The handlers read it in one place, handlers/platform/base/settings.py.

locals {
  log_level = "INFO"

  common_environment = {
    STACK_NAME                   = var.stack.name
    ENVIRONMENT                  = var.environment.name
    PRODUCT_NAME                 = var.stack.product_name
    COMPANY                      = var.stack.company
    CURRENCY                     = var.stack.currency
    OPERATOR_TENANT_ID           = local.operator_tenant_id
    LOG_LEVEL                    = local.log_level
    POWERTOOLS_METRICS_NAMESPACE = local.name
  }

  # Only where there is one: nothing means pooled.
  dedicated_environment = local.dedicated_tenant_id == null ? {} : {
    DEDICATED_TENANT_ID   = local.dedicated_tenant_id
    DEDICATED_TENANT_NAME = var.stack.tenant_name
  }

  # Who serves requests goes the tier's way, who migrates goes to the cluster.
  routed_environment = {
    DATABASE_ROUTE = local.database_route.name
    DATABASE_HOST  = local.database_route.host
    DATABASE_PORT  = tostring(local.database_route.port)
    DATABASE_NAME  = module.rds.database_name
  }

  mail_environment = {
    SENDER_EMAIL          = var.stack.sender_email
    SES_CONFIGURATION_SET = module.email.configuration_set_name
    APP_ORIGIN            = local.app_origin
  }

  # Only where a provider collects: without it invoices are paid by hand.
  payment_environment = { for name, secret in { STRIPE_SECRET_ARN = local.payment_secret } : name => secret.arn if secret != null }

  # What single functions are told beside that.
  particular_environments = {
    outbox_relay = {
      EVENTS_TOPIC_ARN = module.events.topic_arn
    }
    administration = {
      USER_POOL_ID        = module.auth.user_pool_id
      MFA_REQUIRED        = tostring(var.environment.cognito_mfa == "required")
      TWO_PERSON_APPROVAL = tostring(var.environment.two_person_approval)
    }
    approvals = {
      TWO_PERSON_APPROVAL = tostring(var.environment.two_person_approval)
    }
    ingest = {
      USAGE_QUEUE_URL = module.events.queue_urls["record_usage"]
    }
    billing_run = {
      BILLING_BOUNDS = jsonencode({
        most        = var.billing_bounds.most
        mostTimes   = var.billing_bounds.most_times
        unlessBelow = var.billing_bounds.unless_below
      })
    }
    metering = { for name, value in { PRICING_SOURCE_URL = var.pricing_source_url } : name => value if value != null }
    sync_identities = {
      USER_POOL_ID = module.auth.user_pool_id
    }
    start_deployment = {
      DEPLOYMENTS_BUS = module.deployments.bus_name
    }
    redrive = {
      DEAD_LETTER_QUEUES     = jsonencode(local.dead_letter_queues)
      ASYNCHRONOUS_FUNCTIONS = jsonencode(local.asynchronous_alias_arns)
    }
    migrate = {
      DATABASE_HOST              = module.rds.endpoint
      DATABASE_PORT              = tostring(module.rds.port)
      DATABASE_NAME              = module.rds.database_name
      DATABASE_MASTER_SECRET_ARN = module.rds.master_secret_arn
      PROXIED_LOGIN_SECRETS      = jsonencode(module.rds.proxied_login_secret_arns)
      OPERATOR_TENANT_NAME       = var.stack.company
      ADMIN_EMAIL                = var.stack.admin_email
    }
  }

  function_environments = {
    for key, function in local.inventory : key => merge(
      local.common_environment,
      local.dedicated_environment,
      { POWERTOOLS_SERVICE_NAME = key },
      length(setintersection(function.database_users, local.routed_roles)) == 0 ? {} : local.routed_environment,
      !try(function.serves_api, false) ? {} : { API_FUNCTION = key, ALLOWED_ORIGIN = local.app_origin },
      !try(function.sends_mail, false) ? {} : local.mail_environment,
      !try(function.writes_exports, false) ? {} : { EXPORTS_BUCKET = module.exports.bucket_name },
      !try(function.collects_payments, false) ? {} : local.payment_environment,
      !try(function.nudges_relay, false) ? {} : { RELAY_FUNCTION = local.alias_arns["outbox_relay"] },
      lookup(local.particular_environments, key, {}),
    )
  }
}
