# What the tests of this folder give the variables, unless they say otherwise.

name = "acme-dev"

account = {
  id        = "123456789012"
  partition = "aws"
  region    = "us-east-1"
}

manages_account_settings = true

resources = {
  database_key_arn           = "arn:aws:kms:us-east-1:123456789012:key/database"
  master_secret_arn          = "arn:aws:secretsmanager:us-east-1:123456789012:secret:master"
  events_topic_arn           = "arn:aws:sns:us-east-1:123456789012:acme-dev-events"
  events_key_arn             = "arn:aws:kms:us-east-1:123456789012:key/events"
  relay_alias_arn            = "arn:aws:lambda:us-east-1:123456789012:function:acme-dev-outbox-relay:live"
  failure_queue_arn          = "arn:aws:sqs:us-east-1:123456789012:acme-dev-failed-invocations"
  mail_identity_arn          = "arn:aws:ses:us-east-1:123456789012:identity/acme.example"
  mail_configuration_set_arn = "arn:aws:ses:us-east-1:123456789012:configuration-set/acme-dev"
  sender_email               = "billing@acme.example"
  user_pool_arn              = "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abcdefghi"
  exports_arn                = "arn:aws:s3:::acme-dev-exports-123456789012/*"
  deployments_bus_arn        = "arn:aws:events:us-east-1:123456789012:event-bus/acme-dev-deployments"
}
