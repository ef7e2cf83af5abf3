# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

subnet_group_name  = "acme-dev"
security_group_id  = "sg-0123456789abcdef0"
postgresql_version = "16"
port               = 5432
database_name      = "billing"
master_username    = "master"
log_retention_days = 30

capacity = {
  min_acu = 0.5
  max_acu = 8
  readers = 0
}

protection = {
  backup_retention_days = 7
  deletion_protection   = false
  final_snapshot        = false
}
