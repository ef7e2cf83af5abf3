# What the tests of this folder give the variables, unless they say otherwise.

name                = "acme-dev"
product_name        = "Acme Billing"
domain_prefix       = "acme-dev-0a1b2c3d"
deletion_protection = false
mfa                 = "optional"
threat_protection   = "off"
resource_server     = "billing"
scopes              = { "metering.write" = "Record usage", "tenants.read" = "Read tenants" }
callback_urls       = ["https://app.acme.example/callback"]
logout_urls         = ["https://app.acme.example/"]

pre_token_trigger = {
  lambda_arn     = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-pre-token:live"
  lambda_version = "V3_0"
}

groups = {
  super_admin = { precedence = 1, description = "Everything" }
  user        = { precedence = 2, description = "Uses the product" }
}

administrator = {
  email     = "admin@acme.example"
  tenant_id = "7b31b2d5-6138-5145-b3f7-05d94ea5f298"
  group     = "super_admin"
}
