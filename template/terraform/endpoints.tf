# How functions reach AWS's own services without the NAT gateways.

locals {
  artifact_bucket_name = "${local.name}-artifacts-${local.account.id}"
  exports_bucket_name  = "${local.name}-exports-${local.account.id}"
}

module "vpc_endpoints" {
  source = "./modules/vpc_endpoints"

  name                       = local.name
  account                    = local.account
  interface_endpoints        = var.tier.interface_endpoints
  vpc_id                     = module.vpc.vpc_id
  route_table_ids            = values(module.vpc.private_route_table_ids)
  subnet_ids                 = values(module.vpc.private_subnet_ids)
  function_security_group_id = module.vpc.function_security_group_id
  artifact_bucket_name       = local.artifact_bucket_name
  exports_bucket_name        = local.exports_bucket_name
  kms_key_arns               = concat([module.events.kms_key_arn, module.rds.kms_key_arn], local.payment_secret[*].kms_key_arn)
  secret_arns                = concat([module.rds.master_secret_arn], values(module.rds.proxied_login_secret_arns), local.payment_secret[*].arn)
}
