# How the stack is reached: users and machines sign in at Cognito, and call the API with what they
# got there.

locals {
  app_origin = "https://app.${var.stack.domain}"

  # Sign-in addresses are unique over all of AWS, and may not speak of AWS.
  auth_domain_prefix = "${replace(local.name, "/aws|amazon|cognito/", "x")}-${substr(sha256("${local.account.id}/${local.account.region}/${local.name}"), 0, 8)}"
}

module "pre_token" {
  source = "./modules/pre_token"

  account       = local.account
  function_name = local.function_names["pre_token"]
  alias         = local.function_alias
  function      = module.functions.functions["pre_token"]
  user_pool_arn = module.auth.user_pool_arn
}

module "auth" {
  source = "./modules/auth"

  name                = local.name
  product_name        = var.stack.product_name
  domain_prefix       = local.auth_domain_prefix
  deletion_protection = var.environment.deletion_protection
  mfa                 = var.environment.cognito_mfa
  threat_protection   = var.environment.threat_protection
  pre_token_trigger   = module.pre_token.trigger
  callback_urls       = ["${local.app_origin}/callback"]
  logout_urls         = ["${local.app_origin}/"]

  sender = !var.mail_domain_verified ? null : {
    email                  = var.stack.sender_email
    identity_arn           = module.email.identity_arn
    configuration_set_name = module.email.configuration_set_name
  }

  # What each may do stands in handlers/catalog/permissions.py.
  groups = {
    super_admin = { precedence = 1, description = "Everything, and who may do what" }
    admin       = { precedence = 2, description = "Runs the tenant's account" }
    operator    = { precedence = 3, description = "Daily work" }
    auditor     = { precedence = 4, description = "Reads everything, changes nothing" }
    user        = { precedence = 5, description = "Uses the product" }
  }

  # Machines get them from an administrator of their tenant. The same stand in
  # handlers/catalog/machine_scopes.py.
  resource_server = "billing"
  scopes = {
    "billing.read"        = "Read invoices and billing settings"
    "billing.write"       = "Change invoices and billing settings"
    "credits.read"        = "Read credit balances and transactions"
    "credits.write"       = "Reserve, spend and buy credits"
    "metering.read"       = "Read usage"
    "metering.write"      = "Record usage"
    "quotas.read"         = "Read quotas and their use"
    "quotas.write"        = "Change quotas"
    "subscriptions.read"  = "Read subscriptions"
    "subscriptions.write" = "Change subscriptions"
    "tenants.read"        = "Read the tenant"
    "tenants.write"       = "Change the tenant"
  }

  administrator = {
    email     = var.stack.admin_email
    tenant_id = local.operator_tenant_id
    group     = "super_admin"
  }
}

module "api" {
  source = "./modules/api"

  name                     = local.name
  openapi_path             = "${var.artifact_dir}/openapi.json"
  user_pool_arn            = module.auth.user_pool_arn
  invocation_uri_prefix    = "arn:${local.account.partition}:apigateway:${local.account.region}:lambda:path/2015-03-31/functions"
  integration_timeout_ms   = 29000
  allowed_origin           = local.app_origin
  throttle                 = var.tier.api
  log_retention_days       = var.environment.log_retention_days
  manages_account_settings = var.manages_account_settings
  logging_role_arn         = module.iam.api_gateway_role_arn

  functions = { for key, function in module.functions.functions : key => function if try(local.inventory[key].serves_api, false) }
}
