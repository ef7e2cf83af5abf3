output "bus_name" {
  description = "Name of the bus that approved deployments are put on."
  value       = aws_cloudwatch_event_bus.this.name
}

output "bus_arn" {
  description = "ARN of the bus, which start_deployment puts events on."
  value       = aws_cloudwatch_event_bus.this.arn
}

output "queue_url" {
  description = "URL of the queue that a pipeline polls."
  value       = aws_sqs_queue.this.url
}

output "queue_arn" {
  description = "ARN of the queue, for the role of the pipeline."
  value       = aws_sqs_queue.this.arn
}

output "dead_letter_queue_url" {
  description = "URL of the queue of deployments that were not done."
  value       = aws_sqs_queue.dead_letter.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue of deployments that were not done."
  value       = aws_sqs_queue.dead_letter.arn
}
