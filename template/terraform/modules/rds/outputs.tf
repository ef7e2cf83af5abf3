output "cluster_arn" {
  description = "ARN of the cluster."
  value       = aws_rds_cluster.this.arn
}

# A proxy's target must have an instance to send its connections to.
output "cluster_identifier" {
  description = "Identifier of the cluster, once it has its instances."
  value       = aws_rds_cluster.this.cluster_identifier

  depends_on = [aws_rds_cluster_instance.this]
}

output "cluster_resource_id" {
  description = "Immutable id of the cluster, which rds-db:connect is granted on."
  value       = aws_rds_cluster.this.cluster_resource_id
}

output "endpoint" {
  description = "Host name of the writer."
  value       = aws_rds_cluster.this.endpoint
}

output "reader_endpoint" {
  description = "Host name that spreads over the readers, or the writer's where there is none."
  value       = aws_rds_cluster.this.reader_endpoint
}

output "port" {
  description = "Port of the database."
  value       = aws_rds_cluster.this.port
}

output "database_name" {
  description = "Name of the database."
  value       = aws_rds_cluster.this.database_name
}

output "master_secret_arn" {
  description = "ARN of the master user's secret, which RDS rotates."
  value       = aws_rds_cluster.this.master_user_secret[0].secret_arn
}

output "proxied_login_secret_arns" {
  description = "ARNs of the secrets RDS Proxy logs in with, by login."
  value       = { for login, secret in aws_secretsmanager_secret.proxied_login : login => secret.arn }
}

output "kms_key_arn" {
  description = "ARN of the key of the storage and the secrets."
  value       = aws_kms_key.this.arn
}

output "instance_identifiers" {
  description = "Identifiers of the instances, by role: writer, reader-1, ..."
  value       = { for role, instance in aws_rds_cluster_instance.this : role => instance.identifier }
}

output "protection" {
  description = "What stands between the data and its loss."
  value = {
    backup_retention_days = aws_rds_cluster.this.backup_retention_period
    deletion_protection   = aws_rds_cluster.this.deletion_protection
    final_snapshot        = !aws_rds_cluster.this.skip_final_snapshot
  }
}
