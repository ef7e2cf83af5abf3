mock_provider "aws" {
  source = "../../tests/mocks"
}

run "each_entry_is_a_schedule_of_its_function" {
  command = apply

  assert {
    condition     = aws_scheduler_schedule.this["outbox_relay"].name == "acme-dev-outbox-relay" && aws_scheduler_schedule.this["outbox_relay"].schedule_expression == "rate(1 minute)"
    error_message = "The schedule must be named after its function and keep its expression."
  }

  assert {
    condition     = alltrue([for key, schedule in aws_scheduler_schedule.this : schedule.target[0].arn == var.schedules[key].function_alias_arn && schedule.target[0].retry_policy[0].maximum_retry_attempts == var.schedules[key].maximum_retries])
    error_message = "It must start its function, and try as often as its entry says."
  }

  assert {
    condition     = alltrue([for schedule in aws_scheduler_schedule.this : schedule.target[0].dead_letter_config[0].arn == module.dead_letter.arn && schedule.schedule_expression_timezone == "UTC"])
    error_message = "What cannot be delivered must be kept, and hours are UTC."
  }
}

run "the_role_starts_the_scheduled_functions_only" {
  command = apply

  assert {
    condition     = jsondecode(aws_iam_role_policy.this.policy).Statement[0].Resource == [for schedule in values(var.schedules) : schedule.function_alias_arn]
    error_message = "The role must invoke the functions of the schedules, and no other."
  }

  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.ArnEquals == { "aws:SourceArn" = "arn:aws:scheduler:us-east-1:123456789012:schedule-group/acme-dev" }
    error_message = "Only this stack's schedules may use the role."
  }
}
