# A firewall before the API's stage, so that what it refuses costs neither a function nor a
# connection. Rules run by priority: those that know the address come before those that read the
# request.

locals {
  managed_rule_groups = {
    ip_reputation    = { priority = 1, rule_group = "AWSManagedRulesAmazonIpReputationList" }
    common           = { priority = 3, rule_group = "AWSManagedRulesCommonRuleSet" }
    known_bad_inputs = { priority = 4, rule_group = "AWSManagedRulesKnownBadInputsRuleSet" }
    sql_injection    = { priority = 5, rule_group = "AWSManagedRulesSQLiRuleSet" }
  }

  rate_limit_priority = 2
  geography_priority  = 6

  rate_window_s = 300

  # No country is blocked by a rule about none: WAF refuses an empty list.
  geography_rules = length(var.blocked_countries) == 0 ? [] : [sort(var.blocked_countries)]
}

resource "aws_wafv2_web_acl" "this" {
  name        = var.name
  description = "Requests to the API of ${var.name}"
  scope       = "REGIONAL"

  default_action {
    allow {}
  }

  dynamic "rule" {
    for_each = local.managed_rule_groups

    content {
      name     = replace(rule.key, "_", "-")
      priority = rule.value.priority

      # What the group's rules say stands, or is only counted until their false alarms are known.
      override_action {
        dynamic "none" {
          for_each = var.managed_rules == "block" ? [true] : []
          content {}
        }

        dynamic "count" {
          for_each = var.managed_rules == "count" ? [true] : []
          content {}
        }
      }

      statement {
        managed_rule_group_statement {
          vendor_name = "AWS"
          name        = rule.value.rule_group

          dynamic "rule_action_override" {
            for_each = sort(lookup(var.excluded_rules, rule.key, []))

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        metric_name                = replace(rule.key, "_", "-")
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = false
      }
    }
  }

  rule {
    name     = "rate-limit"
    priority = local.rate_limit_priority

    action {
      block {}
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        limit                 = var.rate_limit
        evaluation_window_sec = local.rate_window_s
      }
    }

    visibility_config {
      metric_name                = "rate-limit"
      cloudwatch_metrics_enabled = true
      sampled_requests_enabled   = false
    }
  }

  dynamic "rule" {
    for_each = local.geography_rules

    content {
      name     = "geography"
      priority = local.geography_priority

      action {
        block {}
      }

      statement {
        geo_match_statement {
          country_codes = rule.value
        }
      }

      visibility_config {
        metric_name                = "geography"
        cloudwatch_metrics_enabled = true
        sampled_requests_enabled   = false
      }
    }
  }

  # Samples show headers in full, tokens among them; the log, which does not, says the same.
  visibility_config {
    metric_name                = var.name
    cloudwatch_metrics_enabled = true
    sampled_requests_enabled   = false
  }
}

resource "aws_wafv2_web_acl_association" "stage" {
  resource_arn = var.stage_arn
  web_acl_arn  = aws_wafv2_web_acl.this.arn
}
