variable "name" {
  description = "Prefix of every name, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }

  # It names the sampling rule, too.
  validation {
    condition     = length(var.name) <= 32
    error_message = "name must be at most 32 characters, as X-Ray wants it, got \"${var.name}\"."
  }
}

variable "account" {
  description = "The AWS account, partition and region ARNs are built for."
  type = object({
    id        = string
    partition = string
    region    = string
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account.id))
    error_message = "account.id must be the 12 digits of an AWS account."
  }
}

variable "key_deletion_window_days" {
  description = "Days between the deletion of the topics' key and its end."
  type        = number
  nullable    = false

  validation {
    condition     = var.key_deletion_window_days >= 7 && var.key_deletion_window_days <= 30
    error_message = "key_deletion_window_days must lie between 7 and 30."
  }
}

variable "alert_subscriptions" {
  description = "Who receives alerts, by a name of the receiver: of which severities, and by e-mail or HTTPS (PagerDuty, OpsGenie, Slack by way of either). The receiver confirms the subscription."
  type = map(object({
    severities = set(string)
    protocol   = string
    endpoint   = string
  }))
  nullable = false

  validation {
    condition     = alltrue([for receiver in keys(var.alert_subscriptions) : can(regex("^[a-z][a-z0-9_-]*$", receiver))])
    error_message = "alert_subscriptions must be keyed by names in lower case such as on_call."
  }

  validation {
    condition     = alltrue([for subscription in values(var.alert_subscriptions) : length(subscription.severities) > 0 && length(setsubtract(subscription.severities, ["critical", "warning", "info"])) == 0])
    error_message = "alert_subscriptions.severities must name at least one of critical, warning and info."
  }

  validation {
    condition     = alltrue([for subscription in values(var.alert_subscriptions) : contains(["email", "https"], subscription.protocol)])
    error_message = "alert_subscriptions.protocol must be email or https."
  }

  validation {
    condition     = alltrue([for subscription in values(var.alert_subscriptions) : subscription.protocol != "email" || can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", subscription.endpoint))])
    error_message = "alert_subscriptions.endpoint must be an e-mail address where the protocol is email."
  }

  validation {
    condition     = alltrue([for subscription in values(var.alert_subscriptions) : subscription.protocol != "https" || can(regex("^https://[^\\s/]+", subscription.endpoint))])
    error_message = "alert_subscriptions.endpoint must begin with https:// where the protocol is https."
  }
}

variable "thresholds" {
  description = "From where on an alarm is raised. Rate and spillover are of invocations; server errors and throttles are per 5 minutes; the band is in standard deviations of the usual latency; the database's are per instance."
  type = object({
    function_error_rate_percent = number
    function_throttles          = number
    function_spillover_percent  = number
    api_server_errors           = number
    api_latency_band_deviations = number
    database_cpu_percent        = number
    database_connections        = number
    database_local_storage_gb   = number
  })
  nullable = false

  validation {
    condition     = alltrue([for percent in [var.thresholds.function_error_rate_percent, var.thresholds.function_spillover_percent, var.thresholds.database_cpu_percent] : percent > 0 && percent < 100])
    error_message = "thresholds.function_error_rate_percent, function_spillover_percent and database_cpu_percent must lie between 0 and 100, both excluded."
  }

  validation {
    condition     = alltrue([for number in [var.thresholds.function_throttles, var.thresholds.api_server_errors] : number >= 0])
    error_message = "thresholds.function_throttles and api_server_errors must not be negative."
  }

  validation {
    condition     = var.thresholds.api_latency_band_deviations > 0 && var.thresholds.api_latency_band_deviations <= 10
    error_message = "thresholds.api_latency_band_deviations must lie between 0, excluded, and 10."
  }

  validation {
    condition     = var.thresholds.database_connections >= 1 && var.thresholds.database_local_storage_gb > 0
    error_message = "thresholds.database_connections must be at least 1, and database_local_storage_gb above 0."
  }
}

variable "metrics_namespace" {
  description = "Namespace the functions emit their metrics in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._/#-]{1,240}$", var.metrics_namespace)) && !startswith(var.metrics_namespace, "AWS/")
    error_message = "metrics_namespace must be 1 to 240 letters, digits and . _ / # - and not begin with AWS/, got \"${var.metrics_namespace}\"."
  }
}

variable "figures" {
  description = "Metrics of the functions that ask for a look, by name: which functions emit them, how severe it is, what has happened, as a sentence ends, for how long that is an alarm, and how many in that time are still none: by default every single one counts."
  type = map(object({
    functions = set(string)
    severity  = string
    happened  = string
    lasts_s   = optional(number, 300)
    threshold = optional(number, 0)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.figures) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "figures must be keyed by names of metrics such as billing_run_stopped."
  }

  validation {
    condition     = alltrue([for figure in values(var.figures) : length(figure.functions) > 0 && length(setsubtract(figure.functions, keys(var.functions))) == 0])
    error_message = "figures.functions must name at least one of functions, by key."
  }

  validation {
    condition     = alltrue([for figure in values(var.figures) : contains(["critical", "warning", "info"], figure.severity)])
    error_message = "figures.severity must be critical, warning or info."
  }

  validation {
    condition     = alltrue([for figure in values(var.figures) : figure.lasts_s >= 60 && figure.lasts_s <= 86400 && figure.lasts_s % 60 == 0])
    error_message = "figures.lasts_s must be whole minutes between 60 and 86400."
  }

  validation {
    condition     = alltrue([for figure in values(var.figures) : figure.threshold >= 0 && floor(figure.threshold) == figure.threshold])
    error_message = "figures.threshold must be a whole number, and not below 0."
  }
}

variable "functions" {
  description = "The functions to watch, by key: their names and log groups, and the alias that is kept warm, where one is."
  type = map(object({
    name           = string
    log_group_name = string
    warm_alias     = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.functions) >= 1 && length(var.functions) <= 50
    error_message = "functions must be 1 to 50: a saved query reads 50 log groups at most."
  }

  validation {
    condition     = alltrue([for key in keys(var.functions) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "functions must be keyed by function keys such as generate_invoice."
  }
}

variable "api" {
  description = "The REST API to watch: its name, its stage and the group of its access log."
  type = object({
    name                  = string
    stage_name            = string
    access_log_group_name = string
  })
  nullable = false
}

variable "traced_percent" {
  description = "Requests to the API whose trace is kept."
  type        = number
  nullable    = false

  validation {
    condition     = var.traced_percent >= 0 && var.traced_percent <= 100
    error_message = "traced_percent must lie between 0 and 100."
  }
}

variable "manages_account_settings" {
  description = "Whether this stack lets the topics of the account write traces; one stack of an account and region does."
  type        = bool
  nullable    = false
}

variable "queues" {
  description = "Names of the queues to show, by what works them off."
  type        = map(string)
  nullable    = false
}

variable "dead_letter_queues" {
  description = "Names of the queues that should be empty, by whose failures they hold."
  type        = map(string)
  nullable    = false
}

variable "database_proxy_name" {
  description = "Name of the RDS Proxy before the database; null where there is none."
  type        = string
  default     = null
}

variable "database_instances" {
  description = "Identifiers of the database's instances, by role."
  type        = map(string)
  nullable    = false

  # Without one, a rule across its instances would be an empty one.
  validation {
    condition     = length(var.database_instances) >= 1
    error_message = "database_instances must name at least the writer."
  }
}
