# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

pipeline_timeout_s = 3600
max_receive_count  = 3
waiting_alarm_s    = 7200
alarm_actions      = ["arn:aws:sns:us-east-1:123456789012:acme-dev-critical"]
