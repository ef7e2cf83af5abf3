# What the tests of this folder give the variables, unless they say otherwise.

artifact_dir = "tests/fixtures"

stack = {
  name         = "acme"
  product_name = "Acme Billing"
  company      = "Acme Inc."
  region       = "us-east-1"
  tenancy      = "pooled"
  domain       = "acme.example"
  sender_email = "billing@acme.example"
  admin_email  = "admin@acme.example"
  currency     = "USD"
}
