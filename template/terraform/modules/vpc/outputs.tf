output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Ids of the private subnets, by zone."
  value       = { for zone, subnet in aws_subnet.private : zone => subnet.id }
}

output "private_route_table_ids" {
  description = "Ids of the private route tables, by zone."
  value       = { for zone, table in aws_route_table.private : zone => table.id }
}

output "function_security_group_id" {
  description = "Id of the functions' security group."
  value       = aws_security_group.function.id
}

output "database_security_group_id" {
  description = "Id of the database's security group."
  value       = aws_security_group.database.id
}

output "database_subnet_group_name" {
  description = "Name of the database's subnet group."
  value       = aws_db_subnet_group.this.name
}

output "nat_public_ips" {
  description = "Addresses the functions' outgoing connections come from, by zone."
  value       = { for zone, address in aws_eip.nat : zone => address.public_ip }
}
