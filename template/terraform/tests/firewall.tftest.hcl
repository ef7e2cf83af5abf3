# The firewall is an optional part, and an operator's to adjust.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "a_stack_without_a_firewall_has_nothing_of_it" {
  command = plan

  variables {
    features = { waf = false }
  }

  assert {
    condition     = length(module.waf) == 0 && output.firewall_log_group_name == null
    error_message = "Nothing of the firewall must exist where it was not asked for."
  }
}

run "a_stack_has_one_unless_it_says_otherwise" {
  command = plan

  assert {
    condition     = output.firewall_log_group_name == "aws-waf-logs-acme-dev"
    error_message = "The firewall must be there, and log where WAF can deliver."
  }

  assert {
    condition     = !contains(keys(module.waf["rest_api"].rules), "geography")
    error_message = "No country is blocked unless one is named."
  }

  assert {
    condition     = module.waf["rest_api"].excluded_rules == tomap({ common = toset(["SizeRestrictions_BODY"]) })
    error_message = "A batch of usage records must pass."
  }
}

run "an_operator_names_countries_and_false_alarms" {
  command = plan

  variables {
    firewall = {
      blocked_countries = ["KP"]
      excluded_rules = {
        common        = ["NoUserAgent_HEADER"]
        sql_injection = ["SQLi_BODY"]
      }
    }
  }

  assert {
    condition     = module.waf["rest_api"].rules["geography"] == { priority = 6, match = "block" }
    error_message = "The country must be blocked."
  }

  assert {
    condition = module.waf["rest_api"].excluded_rules == tomap({
      common        = toset(["NoUserAgent_HEADER", "SizeRestrictions_BODY"])
      sql_injection = toset(["SQLi_BODY"])
    })
    error_message = "An operator's exclusions must add to the stack's own."
  }
}
