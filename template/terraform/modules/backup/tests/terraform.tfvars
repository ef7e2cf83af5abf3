# What the tests of this folder give the variables, unless they say otherwise.

name          = "acme-dev"
partition     = "aws"
cluster_arn   = "arn:aws:rds:us-east-1:123456789012:cluster:acme-dev"
kms_key_arn   = "arn:aws:kms:us-east-1:123456789012:key/database"
retention     = { daily_days = 7 }
protected     = false
alarm_actions = ["arn:aws:sns:us-east-1:123456789012:warning"]
