variable "name" {
  description = "Name of the configuration set, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,44}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 46 lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "domain" {
  description = "Domain that mail is sent from."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain))
    error_message = "domain must be a lower-case domain name such as billing.example.com, got \"${var.domain}\"."
  }
}

variable "region" {
  description = "AWS region that sends; the DNS records name it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region such as us-east-1, got \"${var.region}\"."
  }
}

variable "mail_from_label" {
  description = "Label of the subdomain that bounces come back to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.mail_from_label))
    error_message = "mail_from_label must be one label of a domain name, such as mail."
  }
}

variable "dmarc_report_email" {
  description = "Address that receivers report forged mail to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", var.dmarc_report_email))
    error_message = "dmarc_report_email must be an e-mail address."
  }
}
