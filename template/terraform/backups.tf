# What is left when the database is gone. Aurora itself goes back to any second of the retention
# period, as long as there is a cluster (modules/rds).

module "backup" {
  source = "./modules/backup"

  name          = local.name
  partition     = local.account.partition
  cluster_arn   = module.rds.cluster_arn
  kms_key_arn   = module.rds.kms_key_arn
  protected     = var.environment.deletion_protection
  alarm_actions = [module.observability.topic_arns["warning"]]

  permissions_boundary_arn = local.permissions_boundary_arn

  retention = {
    daily_days   = var.environment.backup_retention_days
    monthly_days = var.environment.monthly_backup_retention_days
  }
}
