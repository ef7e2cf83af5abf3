# Who applies the stack when not a person does: its GitHub workflows, in the stacks that answered
# `github` to the question `ci`.

locals {
  # What the backend is told, and a configuration cannot read from it.
  state = var.features.ci == null ? {} : {
    for found in regexall("(?m)^(\\w+) *= *\"([^\"]+)\"", file("${path.root}/backend.hcl")) : found[0] => found[1]
  }
}

module "ci_role" {
  source   = "./modules/ci_role"
  for_each = { for name, ci in { github = var.features.ci } : name => ci if ci != null }

  name                      = local.name
  account                   = local.account
  repository                = each.value.repository
  branch                    = "main"
  manages_identity_provider = var.manages_identity_provider
  tags                      = local.tags
  exports_bucket_name       = local.exports_bucket_name
  artifact_bucket_name      = local.artifact_bucket_name
  domain                    = var.stack.domain
  migrate_function_arn      = "${local.lambda_arn_prefix}:${local.function_names["migrate"]}"

  state = {
    bucket     = local.state.bucket
    key        = local.state.key
    region     = local.state.region
    kms_key_id = local.state.kms_key_id
  }
}

locals {
  permissions_boundary_arn = one([for ci in module.ci_role : ci.permissions_boundary_arn])
}
