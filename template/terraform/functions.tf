# The inventory: every function of the stack, what starts it and what it may do. A new function is
# a new entry in functions_of_api.tf or functions_in_background.tf; its role, log group, alias and
# environment follow from it.

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

  inventory = merge(local.api_functions, local.queue_functions, local.job_functions)

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
