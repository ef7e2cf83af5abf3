# What the tests of this folder give the variables, unless they say otherwise.

name               = "acme-dev"
region             = "us-east-1"
stage_arn          = "arn:aws:apigateway:us-east-1::/restapis/abcdefghij/stages/api"
rate_limit         = 2000
managed_rules      = "count"
excluded_rules     = {}
blocked_countries  = []
log_retention_days = 30
alarm_actions      = ["arn:aws:sns:us-east-1:123456789012:alarms"]
