variable "name" {
  description = "Name of the web ACL and prefix of the names around it, such as acme-dev."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be lower-case letters, digits and hyphens and begin with a letter, got \"${var.name}\"."
  }
}

variable "region" {
  description = "Region the metrics are in."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be a region such as us-east-1, got \"${var.region}\"."
  }
}

variable "stage_arn" {
  description = "ARN of the API stage the firewall stands before."
  type        = string
  nullable    = false

  # An HTTP API's ARN says /apis/: WAF cannot be attached to one.
  validation {
    condition     = can(regex("^arn:[^:]+:apigateway:[^:]+::/restapis/[^/]+/stages/[^/]+$", var.stage_arn))
    error_message = "stage_arn must be the ARN of a stage of a REST API, got \"${var.stage_arn}\"."
  }
}

variable "rate_limit" {
  description = "Requests per address and 5 minutes from which on the address is blocked."
  type        = number
  nullable    = false

  validation {
    condition     = var.rate_limit >= 100 && var.rate_limit <= 2000000000
    error_message = "rate_limit must be at least 100 requests per 5 minutes."
  }
}

variable "managed_rules" {
  description = "count: matches of AWS's rule groups are logged; block: they are refused."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["count", "block"], var.managed_rules)
    error_message = "managed_rules must be count or block, got \"${var.managed_rules}\"."
  }
}

variable "excluded_rules" {
  description = "Rules that are only counted even where managed rules block, by group: ip_reputation, common, known_bad_inputs or sql_injection."
  type        = map(set(string))
  nullable    = false

  validation {
    condition     = alltrue([for group in keys(var.excluded_rules) : contains(["ip_reputation", "common", "known_bad_inputs", "sql_injection"], group)])
    error_message = "excluded_rules must be keyed by ip_reputation, common, known_bad_inputs or sql_injection, got ${join(", ", keys(var.excluded_rules))}."
  }

  validation {
    condition     = alltrue([for rules in values(var.excluded_rules) : alltrue([for rule in rules : can(regex("^[A-Za-z0-9_]{1,128}$", rule))])])
    error_message = "excluded_rules must hold names of rules such as SizeRestrictions_BODY."
  }
}

variable "blocked_countries" {
  description = "Countries whose addresses are refused, as ISO 3166-1 alpha-2 codes."
  type        = set(string)
  nullable    = false

  validation {
    condition = alltrue([for country in var.blocked_countries : contains(regexall("[A-Z]{2}", <<-CODES
      AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ
      BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR
      CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
      GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU
      ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ
      LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ
      MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
      PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI
      SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR
      TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    CODES
    ), country)])
    error_message = "blocked_countries must be ISO 3166-1 codes of two capital letters such as KP (the United Kingdom is GB), got ${join(", ", var.blocked_countries)}."
  }
}

variable "log_retention_days" {
  description = "Days evaluated requests are kept."
  type        = number
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be a number of days that CloudWatch Logs offers, such as 30, 90 or 365."
  }
}

variable "alarm_actions" {
  description = "ARNs of the topics that the alarm on blocked requests notifies."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs."
  }
}
