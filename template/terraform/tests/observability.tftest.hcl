# What is watched follows from what there is: functions of the inventory, instances of the tier.

mock_provider "aws" {
  source = "./tests/mocks"
}

# Nothing here is about the firewall, and a third of the time of a plan is its web ACL.
override_module {
  target = module.waf
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "each_function_of_the_inventory_is_watched" {
  command = plan

  assert {
    condition     = module.observability.alarm_names.function_error_rate == tolist(sort([for name in values(local.function_names) : "${name}-error-rate"])) && length(module.observability.alarm_names.function_throttles) == length(local.inventory)
    error_message = "A new function must be watched from its first day."
  }

  assert {
    condition     = output.dashboard_name == "acme-dev-operations" && length(local.alarm_actions) == 1
    error_message = "The stack must have its dashboard, and its dead letters a receiver."
  }
}

run "each_instance_of_a_tier_is_watched" {
  command = plan

  variables {
    tier = jsondecode(file("tiers/enterprise.tfvars.json")).tier
  }

  assert {
    condition     = module.observability.alarm_names.database_cpu == tolist(["acme-dev-reader-1-cpu", "acme-dev-reader-2-cpu", "acme-dev-writer-cpu"])
    error_message = "Readers must be watched like the writer."
  }
}

run "the_figures_are_those_of_the_design" {
  command = plan

  assert {
    condition = local.alert_thresholds == {
      function_error_rate_percent = 5
      function_throttles          = 0
      function_spillover_percent  = 5
      api_server_errors           = 10
      api_latency_band_deviations = 2
      database_cpu_percent        = 70
      database_connections        = 80
      database_local_storage_gb   = 5
    }
    error_message = "An alarm that comes early is ignored, one that comes late is useless."
  }
}

run "a_stack_may_tell_people_and_pagers" {
  command = plan

  variables {
    alert_subscriptions = {
      on_call = { severities = ["critical"], protocol = "https", endpoint = "https://pager.example/key" }
      team    = { severities = ["warning", "info"], protocol = "email", endpoint = "team@acme.example" }
    }
  }

  assert {
    condition     = module.observability.receivers == { "on_call/critical" = "https", "team/info" = "email", "team/warning" = "email" }
    error_message = "Receivers must be subscribed."
  }
}
