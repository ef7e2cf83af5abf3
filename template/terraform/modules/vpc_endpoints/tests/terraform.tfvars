# What the tests of this folder give the variables, unless they say otherwise.

name                       = "acme-dev"
account                    = { id = "123456789012", partition = "aws", region = "eu-central-1" }
interface_endpoints        = true
vpc_id                     = "vpc-acme"
route_table_ids            = ["rtb-a", "rtb-b"]
subnet_ids                 = ["subnet-a", "subnet-b"]
function_security_group_id = "sg-function"
artifact_bucket_name       = "acme-dev-artifacts-123456789012"
exports_bucket_name        = "acme-dev-exports-123456789012"
kms_key_arns               = ["arn:aws:kms:eu-central-1:123456789012:key/events", "arn:aws:kms:eu-central-1:123456789012:key/database"]
secret_arns                = ["arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!cluster-master"]
