mock_provider "aws" {
  source = "../../tests/mocks"
}

run "rules_run_in_order_and_managed_ones_only_count" {
  command = apply

  assert {
    condition = output.rules == {
      ip-reputation    = { priority = 1, match = "count" }
      rate-limit       = { priority = 2, match = "block" }
      common           = { priority = 3, match = "count" }
      known-bad-inputs = { priority = 4, match = "count" }
      sql-injection    = { priority = 5, match = "count" }
    }
    error_message = "Rules must keep their order, and no country is blocked unless one is named."
  }

  assert {
    condition     = toset(flatten([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].managed_rule_group_statement[*].name])) == toset(["AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet"])
    error_message = "The groups must be AWS's."
  }

  assert {
    condition     = one([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].rate_based_statement[0] if rule.name == "rate-limit"]).aggregate_key_type == "IP" && one([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].rate_based_statement[0] if rule.name == "rate-limit"]).evaluation_window_sec == 300 && output.rate_limit == 2000
    error_message = "The limit must be per address and 5 minutes."
  }

  assert {
    condition     = aws_wafv2_web_acl.this.scope == "REGIONAL" && length(aws_wafv2_web_acl.this.default_action[0].allow) == 1
    error_message = "What no rule matches must pass."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.stage.resource_arn == var.stage_arn && aws_wafv2_web_acl_association.stage.web_acl_arn == output.web_acl_arn && output.web_acl_name == "acme-dev"
    error_message = "The firewall must stand before the stage."
  }
}

run "managed_rules_block_but_for_what_is_excluded" {
  command = apply

  variables {
    managed_rules  = "block"
    rate_limit     = 20000
    excluded_rules = { common = ["SizeRestrictions_BODY", "NoUserAgent_HEADER"] }
  }

  assert {
    condition     = toset([for rule in output.rules : rule.match]) == toset(["block"])
    error_message = "Each rule must block."
  }

  assert {
    condition = {
      for rule in aws_wafv2_web_acl.this.rule : rule.name => [for override in rule.statement[0].managed_rule_group_statement[0].rule_action_override : "${override.name} ${length(override.action_to_use[0].count)}"]
      if length(rule.statement[0].managed_rule_group_statement) == 1
      } == {
      ip-reputation    = []
      common           = ["NoUserAgent_HEADER 1", "SizeRestrictions_BODY 1"]
      known-bad-inputs = []
      sql-injection    = []
    }
    error_message = "An excluded rule must be counted, and no other."
  }

  assert {
    condition     = output.rate_limit == 20000
    error_message = "The limit must be the one given."
  }
}

run "countries_are_refused_last" {
  command = apply

  variables {
    blocked_countries = ["KP", "CU"]
  }

  assert {
    condition     = output.rules["geography"] == { priority = 6, match = "block" }
    error_message = "Named countries must be blocked, whatever managed rules do."
  }

  assert {
    condition     = one([for rule in aws_wafv2_web_acl.this.rule : rule.statement[0].geo_match_statement[0].country_codes if rule.name == "geography"]) == tolist(["CU", "KP"])
    error_message = "The rule must name the countries."
  }
}

run "neither_log_nor_samples_hold_what_signs_a_caller_in" {
  command = apply

  assert {
    condition     = toset([for field in aws_wafv2_web_acl_logging_configuration.this.redacted_fields : field.single_header[0].name]) == toset(["authorization", "cookie"])
    error_message = "Tokens and cookies must be redacted."
  }

  assert {
    condition     = !anytrue([for visibility in concat(aws_wafv2_web_acl.this.visibility_config, flatten([for rule in aws_wafv2_web_acl.this.rule : rule.visibility_config])) : visibility.sampled_requests_enabled])
    error_message = "Samples show headers in full: there must be none."
  }

  assert {
    condition     = output.log_group_name == "aws-waf-logs-acme-dev" && output.log_retention_days == 30 && aws_wafv2_web_acl_logging_configuration.this.log_destination_configs == toset([aws_cloudwatch_log_group.this.arn])
    error_message = "Evaluated requests must be logged where WAF can deliver them."
  }
}

run "many_blocked_requests_alarm" {
  command = apply

  assert {
    condition     = aws_cloudwatch_metric_alarm.blocked.threshold == 100 && aws_cloudwatch_metric_alarm.blocked.period == 300 && aws_cloudwatch_metric_alarm.blocked.comparison_operator == "GreaterThanThreshold" && aws_cloudwatch_metric_alarm.blocked.statistic == "Sum"
    error_message = "More than 100 blocked requests in 5 minutes must alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.blocked.dimensions == tomap({ WebACL = "acme-dev", Region = "us-east-1", Rule = "ALL" }) && aws_cloudwatch_metric_alarm.blocked.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:alarms"])
    error_message = "The alarm must watch this firewall and notify."
  }

  assert {
    condition     = output.alarm_arn == aws_cloudwatch_metric_alarm.blocked.arn
    error_message = "A composite alarm needs to name it."
  }
}
