# What the tests of this folder give the variables, unless they say otherwise.

name                      = "acme-dev"
repository                = "acme@1042/billing@778899"
branch                    = "main"
manages_identity_provider = true
artifact_bucket_name      = "acme-dev-artifacts-123456789012"
exports_bucket_name       = "acme-dev-exports-123456789012"
domain                    = "acme.example"
migrate_function_arn      = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-migrate"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

tags = {
  Stack       = "acme"
  Environment = "dev"
}

state = {
  bucket     = "acme-dev-terraform-state"
  key        = "acme/dev/terraform.tfstate"
  region     = "us-east-1"
  kms_key_id = "alias/acme-dev-terraform-state"
}
