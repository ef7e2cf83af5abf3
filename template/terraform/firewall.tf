# What stands before the API, in the stacks that answered yes to `waf`.

locals {
  # Rules whose false alarms are known beforehand. A batch of 100 usage records is larger than the
  # 8 KB this one admits; the functions bound a body themselves, and answer 413.
  excluded_firewall_rules = {
    common = ["SizeRestrictions_BODY"]
  }
}

module "waf" {
  source   = "./modules/waf"
  for_each = toset(var.features.waf ? ["rest_api"] : [])

  name               = local.name
  region             = local.account.region
  stage_arn          = module.api.stage_arn
  rate_limit         = var.tier.waf_rate_limit
  managed_rules      = var.environment.waf_managed_rules
  blocked_countries  = var.firewall.blocked_countries
  log_retention_days = var.environment.log_retention_days
  alarm_actions      = [module.observability.topic_arns["warning"]]

  excluded_rules = {
    for group in setunion(keys(local.excluded_firewall_rules), keys(var.firewall.excluded_rules)) :
    group => setunion(lookup(local.excluded_firewall_rules, group, []), lookup(var.firewall.excluded_rules, group, []))
  }
}
