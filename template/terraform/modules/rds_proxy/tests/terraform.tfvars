# What the tests of this folder give the variables, unless they say otherwise.

name                        = "acme-dev"
region                      = "us-east-1"
vpc_id                      = "vpc-acme"
subnet_ids                  = ["subnet-a", "subnet-b"]
function_security_group_id  = "sg-function"
database_security_group_id  = "sg-database"
database_port               = 5433
cluster_identifier          = "acme-dev"
kms_key_arn                 = "arn:aws:kms:us-east-1:123456789012:key/database"
connection_borrow_timeout_s = 3
log_retention_days          = 30
alarm_actions               = ["arn:aws:sns:us-east-1:123456789012:alarms"]

thresholds = {
  pinned_connections = 5
  borrow_latency_ms  = 100
}

login_secret_arns = {
  app_proxied     = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf"
  service_proxied = "arn:aws:secretsmanager:us-east-1:123456789012:secret:service-AbCdEf"
}
