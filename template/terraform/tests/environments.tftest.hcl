# The environment sets safety: each of environments/*.tfvars.json, and what becomes of its figures.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  tier        = jsondecode(file("tiers/seed.tfvars.json")).tier
  environment = jsondecode(file("environments/dev.tfvars.json")).environment
}

run "dev" {
  command = plan

  variables {
    environment = jsondecode(file("environments/dev.tfvars.json")).environment
  }

  assert {
    condition     = module.functions.reserved_concurrency == {}
    error_message = "dev must leave the account's concurrency to whoever needs it."
  }

  assert {
    condition     = output.name == "acme-dev"
    error_message = "Names must tell environments apart."
  }

  assert {
    condition     = module.rds.protection == { backup_retention_days = 7, deletion_protection = false, final_snapshot = false }
    error_message = "dev must keep backups for 7 days."
  }

  assert {
    condition     = module.backup.retention_days == { daily = 7 } && !module.backup.locked
    error_message = "dev must keep copies as long as it says, and let them go."
  }

  assert {
    condition     = module.auth.protection == { deletion_protection = false, mfa = "OPTIONAL", threats = "off" }
    error_message = "dev must protect its user pool."
  }

  assert {
    condition     = toset(values(module.functions.log_retention_days)) == toset([30])
    error_message = "dev must keep logs for 30 days."
  }

  assert {
    condition     = toset([for name, rule in module.waf["rest_api"].rules : rule.match if name != "rate-limit"]) == toset(["count"]) && module.waf["rest_api"].log_retention_days == 30
    error_message = "dev must count what managed rules match, and keep the firewall's log for 30 days."
  }
}

run "staging" {
  command = plan

  variables {
    environment = jsondecode(file("environments/staging.tfvars.json")).environment
  }

  assert {
    condition     = module.functions.reserved_concurrency == {}
    error_message = "staging must leave the account's concurrency to whoever needs it."
  }

  assert {
    condition     = output.name == "acme-staging"
    error_message = "Names must tell environments apart."
  }

  assert {
    condition     = module.rds.protection == { backup_retention_days = 14, deletion_protection = true, final_snapshot = true }
    error_message = "staging must keep backups for 14 days and refuse deletion."
  }

  assert {
    condition     = module.backup.retention_days == { daily = 14 } && module.backup.locked
    error_message = "staging must keep copies as long as it says, and refuse to delete them."
  }

  assert {
    condition     = module.auth.protection == { deletion_protection = true, mfa = "OPTIONAL", threats = "audit" }
    error_message = "staging must protect its user pool."
  }

  assert {
    condition     = toset(values(module.functions.log_retention_days)) == toset([90])
    error_message = "staging must keep logs for 90 days."
  }

  assert {
    condition     = toset([for name, rule in module.waf["rest_api"].rules : rule.match if name != "rate-limit"]) == toset(["count"]) && module.waf["rest_api"].log_retention_days == 90
    error_message = "staging must count what managed rules match, and keep the firewall's log for 90 days."
  }
}

run "prod" {
  command = plan

  variables {
    environment = jsondecode(file("environments/prod.tfvars.json")).environment
  }

  assert {
    condition     = toset(keys(module.functions.reserved_concurrency)) == toset(keys(module.functions.function_names)) && module.functions.reserved_concurrency["invoices"] == var.tier.reserved_concurrency && module.functions.reserved_concurrency["migrate"] == 1
    error_message = "prod must keep a share of the account's concurrency for every function."
  }

  assert {
    condition     = output.name == "acme-prod"
    error_message = "Names must tell environments apart."
  }

  assert {
    condition     = module.rds.protection == { backup_retention_days = 35, deletion_protection = true, final_snapshot = true }
    error_message = "prod must keep backups for 35 days and refuse deletion."
  }

  assert {
    condition     = module.backup.retention_days == { daily = 35, monthly = 365 } && module.backup.locked
    error_message = "prod must keep copies as long as it says, and refuse to delete them."
  }

  assert {
    condition     = module.auth.protection == { deletion_protection = true, mfa = "ON", threats = "enforced" }
    error_message = "prod must protect its user pool."
  }

  assert {
    condition     = toset(values(module.functions.log_retention_days)) == toset([365])
    error_message = "prod must keep logs for 365 days."
  }

  assert {
    condition     = toset([for name, rule in module.waf["rest_api"].rules : rule.match if name != "rate-limit"]) == toset(["block"]) && module.waf["rest_api"].log_retention_days == 365
    error_message = "prod must block what managed rules match, and keep the firewall's log for 365 days."
  }
}
