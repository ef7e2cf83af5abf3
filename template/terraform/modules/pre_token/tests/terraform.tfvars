# What the tests of this folder give the variables, unless they say otherwise.

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

function_name = "acme-dev-pre-token"
alias         = "live"
user_pool_arn = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"

function = {
  name  = "acme-dev-pre-token"
  alias = "live"
}
