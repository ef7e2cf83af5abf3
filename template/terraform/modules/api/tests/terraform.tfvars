# What the tests of this folder give the variables, unless they say otherwise.

name                     = "acme-dev"
openapi_path             = "../../tests/fixtures/openapi.json"
invocation_uri_prefix    = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
integration_timeout_ms   = 29000
user_pool_arn            = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"
allowed_origin           = "https://app.acme.example"
throttle                 = { rate_limit = 50, burst_limit = 100 }
log_retention_days       = 30
manages_account_settings = true
logging_role_arn         = "arn:aws:iam::123456789012:role/acme-dev-api-gateway-logs"

functions = {
  health        = { name = "acme-dev-health", alias = "live", alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-health:live" }
  tenants       = { name = "acme-dev-tenants", alias = "live", alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-tenants:live" }
  subscriptions = { name = "acme-dev-subscriptions", alias = "live", alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-subscriptions:live" }
  invoices      = { name = "acme-dev-invoices", alias = "live", alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-invoices:live" }
}
