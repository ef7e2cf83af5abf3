# How invoices are paid: collected by Stripe, in the stacks that answered so to `payments`, or by hand.

module "payment_secret" {
  source   = "./modules/payment_secret"
  for_each = toset(var.features.payments == "stripe" ? ["stripe"] : [])

  name                     = local.name
  provider_name            = each.key
  key_deletion_window_days = var.environment.deletion_protection ? 30 : 7
  recovery_window_days     = var.environment.deletion_protection ? 30 : 0
}

locals {
  payment_secret = one([for secret in module.payment_secret : { arn = secret.arn, kms_key_arn = secret.kms_key_arn }])
}
