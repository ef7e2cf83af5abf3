# What the tests of this folder give the variables, unless they say otherwise.

name        = "acme-dev-schedules-dlq"
failure     = "A schedule of acme-dev could not start its function; the request waits"
redrive_key = "schedules"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

alarm_actions = ["arn:aws:sns:us-east-1:123456789012:warning"]
