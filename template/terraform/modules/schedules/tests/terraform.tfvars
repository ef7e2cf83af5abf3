# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

alarm_actions = []

schedules = {
  outbox_relay = {
    description        = "Publishes events whose nudge got lost"
    expression         = "rate(1 minute)"
    function_alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-outbox-relay:live"
    maximum_age_s      = 60
    maximum_retries    = 1
  }
  purge_expired = {
    description        = "Deletes what has expired"
    expression         = "cron(20 3 * * ? *)"
    function_alias_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-purge-expired:live"
    maximum_age_s      = 3600
    maximum_retries    = 5
  }
}
