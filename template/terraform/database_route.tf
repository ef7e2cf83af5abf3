# How functions reach the database: by RDS Proxy in the tiers that have one, or straight to the
# cluster. A login of its own belongs to either way (handlers/platform/database/roles.py, docs/adr/0009).

locals {
  # What these may do is granted to roles with two logins each. Everybody else goes to the cluster:
  # a migration holds locks and settings from one statement to the next, which no proxy shares.
  routed_roles = toset(["app", "service"])

  database_route = var.tier.rds_proxy ? {
    name        = "proxied"
    host        = module.rds_proxy["functions"].endpoint
    port        = module.rds_proxy["functions"].port
    resource_id = module.rds_proxy["functions"].resource_id
    } : {
    name        = "direct"
    host        = module.rds.endpoint
    port        = module.rds.port
    resource_id = module.rds.cluster_resource_id
  }

  # What a login is granted on, by function and login.
  database_logins = {
    for key, function in local.inventory : key => {
      for role in function.database_users :
      contains(local.routed_roles, role) ? "${role}_${local.database_route.name}" : role => (
        contains(local.routed_roles, role) ? local.database_route.resource_id : module.rds.cluster_resource_id
      )
    }
  }

  # AWS replaces a proxy whose subnets change, and with it its endpoint. Two zones are what it needs:
  # the first ones, which every tier has, so that a zone more leaves it alone.
  proxy_subnet_ids = [for zone in slice(sort(keys(module.vpc.private_subnet_ids)), 0, 2) : module.vpc.private_subnet_ids[zone]]
}

module "rds_proxy" {
  source   = "./modules/rds_proxy"
  for_each = toset(var.tier.rds_proxy ? ["functions"] : [])

  name                       = local.name
  region                     = local.account.region
  vpc_id                     = module.vpc.vpc_id
  subnet_ids                 = local.proxy_subnet_ids
  function_security_group_id = module.vpc.function_security_group_id
  database_security_group_id = module.vpc.database_security_group_id
  database_port              = module.rds.port
  cluster_identifier         = module.rds.cluster_identifier
  login_secret_arns          = module.rds.proxied_login_secret_arns
  kms_key_arn                = module.rds.kms_key_arn
  log_retention_days         = var.environment.log_retention_days
  alarm_actions              = [module.observability.topic_arns["warning"]]
  permissions_boundary_arn   = local.permissions_boundary_arn

  # Less than the shortest time a function has, so that it can still say why it failed.
  connection_borrow_timeout_s = 3

  # No statement of the handlers pins a connection: a few may, while somebody looks at the database.
  thresholds = {
    pinned_connections = 5
    borrow_latency_ms  = 100
  }
}
