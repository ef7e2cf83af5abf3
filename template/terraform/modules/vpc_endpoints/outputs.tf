output "gateway_endpoint_ids" {
  description = "Ids of the gateway endpoints, by service."
  value       = { for service, endpoint in aws_vpc_endpoint.gateway : service => endpoint.id }
}

output "interface_endpoint_ids" {
  description = "Ids of the interface endpoints, by service; none where the tier has none."
  value       = { for service, endpoint in aws_vpc_endpoint.interface : service => endpoint.id }
}
