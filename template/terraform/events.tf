# What follows from a request: events to their consumers, and what runs by the clock.

locals {
  # Which events each consumer receives. A test compares it with what the consumers accept.
  event_types = jsondecode(file("${path.module}/event_types.json"))

  # Retries, batches and timeouts per consumer; a queue hides a message for six times the timeout.
  consumers = {
    generate_invoice = {
      event_types         = local.event_types.generate_invoice
      max_receive_count   = 5 # exact at any number of tries, so that it tries often
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 10
    }
    send_notification = {
      event_types         = local.event_types.send_notification
      max_receive_count   = 3
      batch_size          = 5
      batching_window_s   = 0
      maximum_concurrency = 5
    }
    sync_identities = {
      event_types         = local.event_types.sync_identities
      max_receive_count   = 5
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 5
    }
    notify_administrators = {
      event_types         = local.event_types.notify_administrators
      max_receive_count   = 5
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 5
    }
    start_deployment = {
      event_types         = local.event_types.start_deployment
      max_receive_count   = 5
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 2
    }
    collect_payments = {
      event_types         = local.event_types.collect_payments
      max_receive_count   = 5
      batch_size          = 1
      batching_window_s   = 0
      maximum_concurrency = 5
    }
    record_usage = {
      event_types         = [] # no event: it has what the API hands over
      max_receive_count   = 5
      batch_size          = 10
      batching_window_s   = 1
      maximum_concurrency = 10
    }
    write_audit = {
      event_types         = null # everything that happens
      max_receive_count   = 5
      batch_size          = 10
      batching_window_s   = 1 # nobody waits for it: fewer, fuller batches
      maximum_concurrency = 5
    }
  }

  # Consumers beside the topic: who may hand over to them, and put back what died.
  feeders = {
    record_usage = ["ingest"]
  }

  queue_arns = { for consumer in keys(local.consumers) : consumer => "${local.sqs_arn_prefix}:${local.function_names[consumer]}" }

  # Where what failed for good waits, by the key an operator redrives it by; and for a consumer, the
  # queue it goes back to.
  dead_letter_queues = merge(
    {
      for consumer, name in module.events.dead_letter_queue_names : consumer => {
        dead_letter_queue_name = name
        queue_name             = module.events.queue_names[consumer]
      }
    },
    {
      failed_invocations = { dead_letter_queue_name = local.failure_queue_name }
      schedules          = { dead_letter_queue_name = module.schedules.dead_letter_queue_name }
    },
  )

  dead_letter_queue_names = { for key, queue in local.dead_letter_queues : key => queue.dead_letter_queue_name }

  redriven = {
    dead_letter_queue_arns = [for name in values(local.dead_letter_queue_names) : "${local.sqs_arn_prefix}:${name}"]
    queue_arns             = values(local.queue_arns)
    alias_arns             = values(local.asynchronous_alias_arns)
  }

  # The relay is nudged after each commit; its schedule is for the nudge that got lost. Every run
  # wakes the database, and once a minute it would never sleep.
  relay_expression   = local.database_pauses ? local.hourly_expression : "rate(1 minute)"
  reprice_expression = local.database_pauses ? local.hourly_expression : "rate(10 minutes)"

  # In the same minute: a database that may pause is woken once an hour, and not by each job.
  hourly_expression = "cron(0 * * * ? *)"

  # Not at midnight, when periods end: usage of their last minutes is still on its way.
  billing_expression = "cron(0 1-23 * * ? *)"
}

module "events" {
  source = "./modules/events"

  name                     = local.name
  account                  = local.account
  key_deletion_window_days = var.environment.deletion_protection ? 30 : 7
  alarm_actions            = local.alarm_actions

  function_alias_arns = module.functions.alias_arns

  consumers = {
    for consumer, settings in local.consumers : consumer => merge(settings, {
      timeout_s        = local.inventory[consumer].timeout_s
      sender_role_arns = [for key in concat(lookup(local.feeders, consumer, []), ["redrive"]) : "${local.role_arn_prefix}/${local.function_names[key]}" if contains(keys(local.feeders), consumer)]
    })
  }
}

module "schedules" {
  source = "./modules/schedules"

  name          = local.name
  account       = local.account
  alarm_actions = local.alarm_actions

  permissions_boundary_arn = local.permissions_boundary_arn

  schedules = {
    outbox_relay = {
      description        = "Publishes events whose nudge got lost"
      expression         = local.relay_expression
      function_alias_arn = module.functions.alias_arns["outbox_relay"]
      maximum_age_s      = 60 # the next run is as good
      maximum_retries    = 1
    }
    mail_administrators = {
      description        = "Mails administrators what is due"
      expression         = local.hourly_expression
      function_alias_arn = module.functions.alias_arns["mail_administrators"]
      maximum_age_s      = 3600
      maximum_retries    = 1
    }
    purge_expired = {
      description        = "Deletes what has expired"
      expression         = "cron(20 3 * * ? *)"
      function_alias_arn = module.functions.alias_arns["purge_expired"]
      maximum_age_s      = 3600
      maximum_retries    = 5
    }
    maintain_partitions = {
      description        = "Makes the months of usage to come, and drops those that are over"
      expression         = "cron(20 3 * * ? *)"
      function_alias_arn = module.functions.alias_arns["maintain_partitions"]
      maximum_age_s      = 3600
      maximum_retries    = 5
    }
    reprice_usage = {
      description        = "Prices usage anew for which a price was added later"
      expression         = local.reprice_expression
      function_alias_arn = module.functions.alias_arns["reprice_usage"]
      maximum_age_s      = 300 # the next run is as good
      maximum_retries    = 1
    }
    billing_run = {
      description        = "Bills the tenants whose period has ended, and goes on where the hour before stopped"
      expression         = local.billing_expression
      function_alias_arn = module.functions.alias_arns["billing_run"]
      maximum_age_s      = 3600
      maximum_retries    = 1
    }
    watch_budgets = {
      description        = "Tells when a budget is nearly spent"
      expression         = local.hourly_expression
      function_alias_arn = module.functions.alias_arns["watch_budgets"]
      maximum_age_s      = 3600
      maximum_retries    = 1
    }
    remind_of_invoices = {
      description        = "Reminds of invoices that are not paid in time"
      expression         = "cron(0 6 * * ? *)"
      function_alias_arn = module.functions.alias_arns["remind_of_invoices"]
      maximum_age_s      = 3600
      maximum_retries    = 5
    }
    reconcile_payments = {
      description        = "Compares invoices with the payment provider's"
      expression         = "cron(0 4 * * ? *)"
      function_alias_arn = module.functions.alias_arns["reconcile_payments"]
      maximum_age_s      = 3600
      maximum_retries    = 5
    }
  }
}
