# Who is told, and that nobody else is.

mock_provider "aws" {
  source = "../../tests/mocks"
}

run "each_severity_has_a_topic" {
  command = apply

  assert {
    condition     = { for severity, topic in aws_sns_topic.this : severity => topic.name } == { critical = "acme-dev-alerts-critical", warning = "acme-dev-alerts-warning", info = "acme-dev-alerts-info" }
    error_message = "There must be a topic for each of critical, warning and info."
  }

  assert {
    condition     = alltrue([for topic in aws_sns_topic.this : topic.kms_master_key_id == aws_kms_key.this.arn]) && aws_kms_key.this.enable_key_rotation && aws_kms_key.this.deletion_window_in_days == 7
    error_message = "Alerts must be encrypted with a key that rotates."
  }

  assert {
    condition     = output.kms_key_arn == aws_kms_key.this.arn && aws_kms_alias.this.name == "alias/acme-dev-alerts"
    error_message = "The key must be known by name and by ARN."
  }
}

run "cloudwatch_may_use_the_key" {
  command = plan

  assert {
    condition = one([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : toset(statement.Action) if try(statement.Principal.Service, "") == "cloudwatch.amazonaws.com"
    ]) == toset(["kms:Decrypt", "kms:GenerateDataKey"])
    error_message = "An alarm that cannot encrypt is not heard."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_kms_key.this.policy).Statement : contains(statement.Action, "kms:PutKeyPolicy") if try(statement.Principal.AWS, "") == "arn:aws:iam::123456789012:root"
    ])
    error_message = "The account must keep its hold on the key."
  }
}

run "alarms_of_this_account_publish_and_only_over_tls" {
  command = plan

  assert {
    condition = alltrue([
      for severity, topic in aws_sns_topic.this : one([
        for statement in jsondecode(topic.policy).Statement : [statement.Principal.Service, statement.Resource, statement.Condition.StringEquals["aws:SourceAccount"], statement.Condition.ArnLike["aws:SourceArn"]] if statement.Effect == "Allow"
      ]) == ["cloudwatch.amazonaws.com", "arn:aws:sns:us-east-1:123456789012:acme-dev-alerts-${severity}", "123456789012", "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*"]
    ])
    error_message = "A topic must admit the alarms of its own account, and nobody else."
  }

  assert {
    condition = alltrue([
      for topic in aws_sns_topic.this : anytrue([for statement in jsondecode(topic.policy).Statement : statement.Effect == "Deny" && try(statement.Condition.Bool["aws:SecureTransport"] == "false", false)])
    ])
    error_message = "A topic must refuse plain text."
  }
}

run "a_receiver_subscribes_to_its_severities" {
  command = apply

  variables {
    alert_subscriptions = {
      on_call = { severities = ["critical"], protocol = "https", endpoint = "https://pager.example/key" }
      team    = { severities = ["warning", "info"], protocol = "email", endpoint = "team@acme.example" }
    }
  }

  assert {
    condition     = toset(keys(aws_sns_topic_subscription.this)) == toset(["on_call/critical", "team/info", "team/warning"])
    error_message = "A receiver must be told what it asked for."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["on_call/critical"].protocol == "https" && aws_sns_topic_subscription.this["team/info"].endpoint == "team@acme.example"
    error_message = "A receiver must be reached where it said."
  }
}

run "without_receivers_there_are_topics_all_the_same" {
  command = plan

  assert {
    condition     = length(aws_sns_topic_subscription.this) == 0 && length(aws_sns_topic.this) == 3
    error_message = "Receivers may come later."
  }
}
