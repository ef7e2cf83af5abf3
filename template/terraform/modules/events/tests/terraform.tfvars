# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

key_deletion_window_days = 7
alarm_actions            = []
