# What the tests of this folder give the variables, unless they say otherwise.

name                 = "acme-dev"
account              = { id = "123456789012", partition = "aws", region = "us-east-1" }
artifact_dir         = "../../tests/fixtures"
artifact_bucket_name = "acme-dev-artifacts-123456789012"
runtime              = "python3.13"
architecture         = "arm64"
failure_queue_name   = "acme-dev-failed-invocations"
subnet_ids           = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
security_group_id    = "sg-0123456789abcdef0"
log_level            = "INFO"
log_retention_days   = 90
alarm_actions        = ["arn:aws:sns:us-east-1:123456789012:acme-dev-alarms"]
