# Functions that answer nobody who waits: consumers of queues, jobs, and the trigger of the sign-in.

locals {
  queue_functions = {
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
  }

  # By schedule or by an operator; `pre_token` by Cognito.
  job_functions = {
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
}
