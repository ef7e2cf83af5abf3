output "schedule_names" {
  description = "Names of the schedules, by function key."
  value       = { for key, schedule in aws_scheduler_schedule.this : key => schedule.name }
}

output "group_name" {
  description = "Name of the schedules' group."
  value       = aws_scheduler_schedule_group.this.name
}

output "dead_letter_queue_url" {
  description = "URL of the queue of undeliverable schedules."
  value       = module.dead_letter.url
}

output "expressions" {
  description = "When each schedule runs, by function key."
  value       = { for key, schedule in aws_scheduler_schedule.this : key => schedule.schedule_expression }
}

output "dead_letter_queue_name" {
  description = "Name of the queue of undeliverable schedules."
  value       = module.dead_letter.name
}
