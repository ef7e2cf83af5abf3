output "topic_arn" {
  description = "ARN of the topic of domain events."
  value       = aws_sns_topic.this.arn
}

output "kms_key_arn" {
  description = "ARN of the topic's key, which publishers use."
  value       = aws_kms_key.this.arn
}

output "queue_urls" {
  description = "URLs of the queues, by consumer."
  value       = { for consumer, queue in aws_sqs_queue.this : consumer => queue.url }
}

output "queue_arns" {
  description = "ARNs of the queues, by consumer; known before the queues are."
  value       = { for consumer, queue in local.queues : consumer => queue.arn }
}

output "dead_letter_queue_urls" {
  description = "URLs of the dead-letter queues, by consumer."
  value       = { for consumer, queue in aws_sqs_queue.dead_letter : consumer => queue.url }
}

output "dead_letter_queue_arns" {
  description = "ARNs of the dead-letter queues, by consumer."
  value       = { for consumer, queue in aws_sqs_queue.dead_letter : consumer => queue.arn }
}

output "queue_names" {
  description = "Names of the queues, by consumer."
  value       = { for consumer, queue in aws_sqs_queue.this : consumer => queue.name }
}

output "dead_letter_queue_names" {
  description = "Names of the dead-letter queues, by consumer."
  value       = { for consumer, queue in aws_sqs_queue.dead_letter : consumer => queue.name }
}
