# What administrators set going beyond a request: files they ask for, deployments they approve.

module "exports" {
  source = "./modules/exports"

  bucket_name = local.exports_bucket_name
  kept_days   = 1
}

module "deployments" {
  source = "./modules/deployments"

  name               = local.name
  account            = local.account
  pipeline_timeout_s = 3600
  max_receive_count  = 3
  waiting_alarm_s    = 7200
  alarm_actions      = local.alarm_actions
}
