# The inventory: every function of the stack, what starts it and what it may do. A new function is
# a new entry here; its role, log group, alias and environment follow from it.

locals {
  # A paused database must have time to wake within the first request; otherwise the figures of a
  # short one, so that a slow query ends in the caller's error and not in a timeout.
  api_timeout_s = local.database_pauses ? 29 : 10

  # Environments kept warm where a cold start is felt; busy hours may have four times as many.
  provisioned_concurrency = var.tier.provisioned_concurrency == 0 ? null : {
    minimum = var.tier.provisioned_concurrency
    maximum = 4 * var.tier.provisioned_concurrency
  }

  # What one function may have of the account's concurrency, and always has: no other can starve it.
  # Consumers have what their queue lets them use.
  reserved_concurrency = !var.environment.reserves_concurrency ? {} : merge(
    { for key, function in local.inventory : key => var.tier.reserved_concurrency if try(function.serves_api, false) || key == "pre_token" },
    { for key, consumer in local.consumers : key => consumer.maximum_concurrency },
    { for key, function in local.inventory : key => 1 if can(function.asynchronous) || key == "migrate" },
    { billing_run = 2, outbox_relay = 5, redrive = 2 }, # an operator may start what a schedule started
  )

  inventory = {
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

    generate_invoice = {
      description    = "Writes the invoice of a new subscription"
      handler        = "handlers.consumers.generate_invoice.handler"
      memory_mb      = 512
      timeout_s      = 30
      database_users = ["app"]
      nudges_relay   = true
    }
    send_notification = {
      description    = "Mails customers what happened"
      handler        = "handlers.consumers.send_notification.handler"
      memory_mb      = 512
      timeout_s      = 15
      database_users = ["app"]
      nudges_relay   = true
      sends_mail     = true
    }
    write_audit = {
      description    = "Writes the audit trail"
      handler        = "handlers.consumers.write_audit.handler"
      memory_mb      = 512
      timeout_s      = 15
      database_users = ["app"]
      nudges_relay   = true
    }

    sync_identities = {
      description     = "Lets Cognito follow what is decided about administrators and machines"
      handler         = "handlers.consumers.sync_identities.handler"
      memory_mb       = 512
      timeout_s       = 30
      database_users  = ["app"]
      nudges_relay    = true
      changes_users   = true
      deletes_clients = true
    }
    notify_administrators = {
      description    = "Tells administrators what happened"
      handler        = "handlers.consumers.notify_administrators.handler"
      memory_mb      = 512
      timeout_s      = 28 # less than the lease of a mail
      database_users = ["app"]
      nudges_relay   = true
      sends_mail     = true
    }
    start_deployment = {
      description           = "Tells pipelines of approved deployments"
      handler               = "handlers.consumers.start_deployment.handler"
      memory_mb             = 512
      timeout_s             = 15
      database_users        = ["app"]
      nudges_relay          = true
      announces_deployments = true
    }
    record_usage = {
      description    = "Records usage that callers did not wait for"
      handler        = "handlers.consumers.record_usage.handler"
      memory_mb      = 512
      timeout_s      = 30
      database_users = ["app"]
      nudges_relay   = true
    }
    collect_payments = {
      description       = "Keeps the payment provider and invoices together"
      handler           = "handlers.consumers.collect_payments.handler"
      memory_mb         = 512
      timeout_s         = 30
      database_users    = ["app"]
      nudges_relay      = true
      collects_payments = true
    }

    outbox_relay = {
      description      = "Publishes events that transactions left in the outbox"
      handler          = "handlers.jobs.outbox_relay.handler"
      memory_mb        = 512
      timeout_s        = 30
      database_users   = ["service"]
      publishes_events = true

      # The schedule finds whatever a lost nudge left behind: no need to insist.
      asynchronous = { maximum_age_s = 60, maximum_retries = 1 }
    }
    purge_expired = {
      description    = "Deletes what has expired"
      handler        = "handlers.jobs.purge_expired.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["service"]
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 2 }
    }
    mail_administrators = {
      description    = "Mails administrators what is due: digests, and what waited for the end of quiet hours"
      handler        = "handlers.jobs.mail_administrators.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["app", "service"]
      sends_mail     = true
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 1 }
    }
    maintain_partitions = {
      description    = "Makes the months of usage to come, and drops those that are over"
      handler        = "handlers.jobs.maintain_partitions.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["service"]
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 2 }
    }
    reprice_usage = {
      description    = "Prices usage anew for which a price was added later"
      handler        = "handlers.jobs.reprice_usage.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["app", "service"]
      asynchronous   = { maximum_age_s = 300, maximum_retries = 0 } # the next run is as good
    }
    billing_run = {
      description    = "Bills the tenants whose period has ended; by the clock, and started by an operator"
      handler        = "handlers.jobs.billing_run.handler"
      memory_mb      = 1024 # several tenants at once
      timeout_s      = 900
      database_users = ["app", "service"]
      nudges_relay   = true
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 2 }
    }
    watch_budgets = {
      description    = "Tells when a period costs as much of its budget as a tenant wants to know"
      handler        = "handlers.jobs.watch_budgets.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["app", "service"]
      nudges_relay   = true
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 1 }
    }
    remind_of_invoices = {
      description    = "Lets invoices be overdue, and reminds of them"
      handler        = "handlers.jobs.remind_of_invoices.handler"
      memory_mb      = 512
      timeout_s      = 300
      database_users = ["app", "service"]
      nudges_relay   = true
      asynchronous   = { maximum_age_s = 3600, maximum_retries = 2 }
    }
    reconcile_payments = {
      description       = "Compares invoices with the payment provider's"
      handler           = "handlers.jobs.reconcile_payments.handler"
      memory_mb         = 512
      timeout_s         = 900
      database_users    = ["app", "service"]
      nudges_relay      = true
      collects_payments = true
      asynchronous      = { maximum_age_s = 3600, maximum_retries = 1 }
    }
    redrive = {
      description    = "Says why messages died and replays them; started by an operator"
      handler        = "handlers.jobs.redrive.handler"
      memory_mb      = 512
      timeout_s      = 60 # it looks at a part of the queue, and is called again for the next
      database_users = ["service"]
      redrives       = true
    }
    migrate = {
      description         = "Brings the database to the newest version; started by an operator"
      handler             = "handlers.jobs.migrate.handler"
      memory_mb           = 512
      timeout_s           = 900
      database_users      = ["migrator"]
      reads_master_secret = true
    }
    pre_token = {
      description    = "Adds tenant and plan to the tokens of users and machines"
      handler        = "handlers.triggers.pre_token.handler"
      memory_mb      = 1024 # Cognito waits 5 seconds at most: a cold start must fit
      timeout_s      = 5
      database_users = ["app"]
    }
  }

  function_names = { for key in keys(local.inventory) : key => "${local.name}-${replace(key, "_", "-")}" }
  function_alias = "live"
  alias_arns     = { for key, name in local.function_names : key => "${local.lambda_arn_prefix}:${name}:${local.function_alias}" }

  failure_queue_name = "${local.name}-failed-invocations"

  # Those that are started without waiting for them: what is lost of them can be started again.
  asynchronous_alias_arns = { for key, function in local.inventory : key => local.alias_arns[key] if can(function.asynchronous) }
}

module "iam" {
  source = "./modules/iam"

  name                     = local.name
  account                  = local.account
  manages_account_settings = var.manages_account_settings
  permissions_boundary_arn = local.permissions_boundary_arn

  functions = {
    for key, function in local.inventory : key => {
      name                = local.function_names[key]
      database_logins     = local.database_logins[key]
      fills_secret_arns   = key == "migrate" ? values(module.rds.proxied_login_secret_arns) : []
      reads_secret        = try(function.collects_payments, false) ? local.payment_secret : null
      consumes_queue_arn  = lookup(local.queue_arns, key, null)
      feeds_queue_arns    = [for consumer, feeders in local.feeders : local.queue_arns[consumer] if contains(feeders, key)]
      publishes_events    = try(function.publishes_events, false)
      nudges_relay        = try(function.nudges_relay, false)
      sends_mail          = try(function.sends_mail, false)
      reads_master_secret = try(function.reads_master_secret, false)
      fails_to_queue      = can(function.asynchronous)
      redrives            = try(function.redrives, false) ? local.redriven : null
      makes_users         = try(function.makes_users, false)
      changes_users       = try(function.makes_users, false) || try(function.changes_users, false)
      makes_clients       = try(function.makes_clients, false)
      deletes_clients     = try(function.deletes_clients, false)
      writes_exports      = try(function.writes_exports, false)

      announces_deployments = try(function.announces_deployments, false)
    }
  }

  resources = {
    database_key_arn           = module.rds.kms_key_arn
    master_secret_arn          = module.rds.master_secret_arn
    events_topic_arn           = module.events.topic_arn
    events_key_arn             = module.events.kms_key_arn
    relay_alias_arn            = local.alias_arns["outbox_relay"]
    failure_queue_arn          = "${local.sqs_arn_prefix}:${local.failure_queue_name}"
    mail_identity_arn          = "${local.ses_arn_prefix}:identity/${var.stack.domain}"
    mail_configuration_set_arn = "${local.ses_arn_prefix}:configuration-set/${local.name}"
    sender_email               = var.stack.sender_email
    user_pool_arn              = module.auth.user_pool_arn
    exports_arn                = module.exports.objects_arn
    deployments_bus_arn        = module.deployments.bus_arn
  }
}

module "functions" {
  source = "./modules/functions"

  name                 = local.name
  account              = local.account
  artifact_dir         = var.artifact_dir
  artifact_bucket_name = local.artifact_bucket_name
  runtime              = "python3.13"
  architecture         = "arm64"
  failure_queue_name   = local.failure_queue_name
  subnet_ids           = values(module.vpc.private_subnet_ids)
  security_group_id    = module.vpc.function_security_group_id
  log_level            = local.log_level
  log_retention_days   = var.environment.log_retention_days
  alarm_actions        = local.alarm_actions

  functions = {
    for key, function in local.inventory : key => {
      name                    = local.function_names[key]
      description             = function.description
      handler                 = function.handler
      role_arn                = module.iam.function_role_arns[key]
      memory_mb               = function.memory_mb
      timeout_s               = function.timeout_s
      asynchronous            = try(function.asynchronous, null)
      provisioned_concurrency = try(function.provisioned_concurrency, null)
      environment             = local.function_environments[key]
      reserved_concurrency    = lookup(local.reserved_concurrency, key, null)
    }
  }
}
