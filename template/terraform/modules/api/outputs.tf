output "rest_api_id" {
  description = "Id of the REST API."
  value       = aws_api_gateway_rest_api.this.id
}

output "stage_name" {
  description = "Name of the stage."
  value       = aws_api_gateway_stage.this.stage_name
}

output "stage_arn" {
  description = "ARN of the stage."
  value       = aws_api_gateway_stage.this.arn
}

output "url" {
  description = "Address the API's paths begin at; they continue with /v1."
  value       = aws_api_gateway_stage.this.invoke_url
}

output "execution_arn" {
  description = "What permissions to invoke the API are granted on."
  value       = aws_api_gateway_rest_api.this.execution_arn
}

output "access_log_group_name" {
  description = "Name of the access log's group."
  value       = aws_cloudwatch_log_group.access.name
}

output "throttle" {
  description = "Requests per second, and at once, that the stage admits."
  value = {
    rate_limit  = aws_api_gateway_method_settings.stage.settings[0].throttling_rate_limit
    burst_limit = aws_api_gateway_method_settings.stage.settings[0].throttling_burst_limit
  }
}
