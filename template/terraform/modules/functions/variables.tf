variable "name" {
  description = "Prefix of the names of what the functions share, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
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

variable "artifact_dir" {
  description = "Folder of code.zip and layer.zip."
  type        = string
  nullable    = false

  validation {
    condition     = fileexists("${var.artifact_dir}/code.zip") && fileexists("${var.artifact_dir}/layer.zip")
    error_message = "artifact_dir must hold code.zip and layer.zip: run `saasgen build` first (looked in \"${var.artifact_dir}\")."
  }
}

variable "artifact_bucket_name" {
  description = "Name of the bucket the artifacts are uploaded to, unique over all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.artifact_bucket_name))
    error_message = "artifact_bucket_name must be 3 to 63 lower-case letters, digits and hyphens."
  }
}

variable "runtime" {
  description = "Lambda runtime the artifacts are built for."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^python3\\.[0-9]+$", var.runtime))
    error_message = "runtime must be a Python runtime such as python3.13, got \"${var.runtime}\"."
  }
}

variable "architecture" {
  description = "Processor architecture the artifacts are built for."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64, got \"${var.architecture}\"."
  }
}

variable "functions" {
  description = "Functions by key. asynchronous: how often and for how long Lambda retries an event, where the function is invoked without waiting for it. provisioned_concurrency: environments kept warm, at least and at most, where callers feel a cold start. reserved_concurrency: how many may run at once, and always can; null for whatever the account has left."
  type = map(object({
    name        = string
    description = string
    handler     = string
    role_arn    = string
    memory_mb   = number
    timeout_s   = number
    environment = map(string)

    reserved_concurrency = optional(number)

    asynchronous = optional(object({
      maximum_age_s   = number
      maximum_retries = number
    }))
    provisioned_concurrency = optional(object({
      minimum = number
      maximum = number
    }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for function in values(var.functions) : can(regex("^[a-z][a-z0-9-]{1,63}$", function.name))])
    error_message = "functions.name must be 2 to 64 lower-case letters, digits and hyphens."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : can(regex("^[a-z_]+(\\.[a-z_]+)+$", function.handler))])
    error_message = "functions.handler must be a module and a function such as handlers.app.handler."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.memory_mb >= 128 && function.memory_mb <= 10240])
    error_message = "functions.memory_mb must lie between 128 and 10240."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.timeout_s >= 1 && function.timeout_s <= 900])
    error_message = "functions.timeout_s must lie between 1 and 900."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.asynchronous == null ? true : function.asynchronous.maximum_age_s >= 60 && function.asynchronous.maximum_age_s <= 21600])
    error_message = "functions.asynchronous.maximum_age_s must lie between 60 and 21600."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.asynchronous == null ? true : contains([0, 1, 2], function.asynchronous.maximum_retries)])
    error_message = "functions.asynchronous.maximum_retries must be 0, 1 or 2."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.provisioned_concurrency == null ? true : function.provisioned_concurrency.minimum >= 1 && function.provisioned_concurrency.minimum <= function.provisioned_concurrency.maximum])
    error_message = "functions.provisioned_concurrency must hold 1 <= minimum <= maximum; leave it out where none is kept warm."
  }

  validation {
    condition     = alltrue([for function in values(var.functions) : function.reserved_concurrency == null ? true : function.reserved_concurrency >= try(function.provisioned_concurrency.maximum, 1)])
    error_message = "functions.reserved_concurrency must be at least 1, and at least provisioned_concurrency.maximum: 0 would stop the function."
  }
}

variable "failure_queue_name" {
  description = "Name of the queue of failed asynchronous invocations; roles are granted it by name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,79}$", var.failure_queue_name))
    error_message = "failure_queue_name must be 2 to 80 lower-case letters, digits and hyphens."
  }
}

variable "subnet_ids" {
  description = "Private subnets the functions run in."
  type        = set(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "subnet_ids must name subnets in at least two zones."
  }
}

variable "security_group_id" {
  description = "Security group of the functions."
  type        = string
  nullable    = false
}

variable "log_level" {
  description = "Least level that the functions' own log lines must have."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be DEBUG, INFO, WARN or ERROR, got \"${var.log_level}\"."
  }
}

variable "log_retention_days" {
  description = "Days the functions' logs are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarm on failed invocations notifies."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}
