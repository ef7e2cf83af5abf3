mock_provider "aws" {
  source = "../../tests/mocks"
}

variables {
  functions = {
    plain    = { name = "acme-dev-plain" }
    database = { name = "acme-dev-database", database_logins = { service_proxied = "prx-0123456789abcdef0", app_proxied = "prx-0123456789abcdef0" } }
    consumer = { name = "acme-dev-consumer", consumes_queue_arn = "arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer", nudges_relay = true, sends_mail = true }
    relay    = { name = "acme-dev-relay", publishes_events = true, fails_to_queue = true }
    migrate  = { name = "acme-dev-migrate", reads_master_secret = true, database_logins = { migrator = "cluster-ABCDEFGHIJKLMNOP" }, fills_secret_arns = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf"] }
    clients  = { name = "acme-dev-clients", makes_clients = true }
    feeder   = { name = "acme-dev-feeder", feeds_queue_arns = ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer"] }
    payments = { name = "acme-dev-payments", reads_secret = { arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-AbCdEf", kms_key_arn = "arn:aws:kms:us-east-1:123456789012:key/payments" } }
    follower = { name = "acme-dev-follower", deletes_clients = true }
    redrive = {
      name = "acme-dev-redrive"
      redrives = {
        dead_letter_queue_arns = ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer-dlq"]
        queue_arns             = ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer"]
        alias_arns             = ["arn:aws:lambda:us-east-1:123456789012:function:acme-dev-relay:live"]
      }
    }
  }
}

run "a_function_without_capabilities_logs_traces_and_attaches" {
  command = plan

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function["plain"].policy).Statement : statement.Sid] == ["WriteOwnLog", "Trace", "AttachToVpc", "KeepNetworkFromOwnCode"]
    error_message = "A function must have nothing that it was not given."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["plain"].policy).Statement : statement.Resource if statement.Sid == "WriteOwnLog"]) == "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/acme-dev-plain:*"
    error_message = "It must write to its own log only."
  }
}

run "database_logins_are_named_one_by_one" {
  command = plan

  assert {
    condition = one([for statement in jsondecode(aws_iam_role_policy.function["database"].policy).Statement : statement.Resource if statement.Sid == "ConnectToDatabase"]) == [
      "arn:aws:rds-db:us-east-1:123456789012:dbuser:prx-0123456789abcdef0/app_proxied",
      "arn:aws:rds-db:us-east-1:123456789012:dbuser:prx-0123456789abcdef0/service_proxied",
    ]
    error_message = "A function must connect as the logins of its entry only."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["migrate"].policy).Statement : statement.Resource if statement.Sid == "ConnectToDatabase"]) == ["arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABCDEFGHIJKLMNOP/migrator"]
    error_message = "A migration must go straight to the cluster."
  }
}

run "who_makes_clients_of_machines_deletes_none_and_the_other_way_round" {
  command = plan

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.function["clients"].policy).Statement : [statement.Action, statement.Resource] if strcontains(statement.Sid, "MachineClients")] == [
      [["cognito-idp:CreateUserPoolClient", "cognito-idp:DescribeUserPoolClient"], [var.resources.user_pool_arn]],
    ]
    error_message = "It must make clients of this pool and read their secrets, and nothing else."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.function["follower"].policy).Statement : [statement.Action, statement.Resource] if strcontains(statement.Sid, "MachineClients")] == [
      [["cognito-idp:DeleteUserPoolClient"], [var.resources.user_pool_arn]],
    ]
    error_message = "It must delete clients of this pool, and read no secret."
  }
}

run "who_fills_a_secret_reads_it_too_and_encrypts_through_secrets_manager_only" {
  command = plan

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["migrate"].policy).Statement : statement if statement.Sid == "FillLoginSecrets"]) == { Sid = "FillLoginSecrets", Effect = "Allow", Action = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"], Resource = ["arn:aws:secretsmanager:us-east-1:123456789012:secret:app-AbCdEf"] }
    error_message = "It must find what an earlier run left, in those secrets only."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["migrate"].policy).Statement : statement if statement.Sid == "EncryptLoginSecrets"]).Condition.StringEquals == { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" }
    error_message = "The key must be of use for secrets only."
  }
}

run "a_consumer_reads_its_queue_nudges_the_relay_and_mails_as_the_sender" {
  command = plan

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["consumer"].policy).Statement : statement.Resource if statement.Sid == "ConsumeOwnQueue"]) == ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer"]
    error_message = "A consumer must read its own queue only."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["consumer"].policy).Statement : statement.Resource if statement.Sid == "NudgeRelay"]) == [var.resources.relay_alias_arn]
    error_message = "A consumer must invoke the relay's alias only."
  }

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["consumer"].policy).Statement : statement.Condition.StringEquals if statement.Sid == "SendMailAsSender"]) == { "ses:FromAddress" = "billing@acme.example" }
    error_message = "Mail must leave as the stack's sender only."
  }
}

run "who_feeds_a_queue_sends_to_it_and_takes_nothing_from_it" {
  command = plan

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["feeder"].policy).Statement : [statement.Action, statement.Resource] if startswith(try(one(statement.Action), ""), "sqs:")]) == [["sqs:SendMessage"], ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer"]]
    error_message = "It must send to its queues only."
  }
}

run "who_reads_a_secret_decrypts_it_by_way_of_secrets_manager_only" {
  command = plan

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.function["payments"].policy).Statement : statement.Sid => [statement.Action, statement.Resource, try(statement.Condition.StringEquals["kms:ViaService"], null)] if endswith(statement.Sid, "Secret") } == {
      ReadSecret    = [["secretsmanager:GetSecretValue"], ["arn:aws:secretsmanager:us-east-1:123456789012:secret:stripe-AbCdEf"], null]
      DecryptSecret = [["kms:Decrypt"], ["arn:aws:kms:us-east-1:123456789012:key/payments"], "secretsmanager.us-east-1.amazonaws.com"]
    }
    error_message = "It must read this secret by this key, and change nothing."
  }
}

run "the_relay_publishes_and_its_failures_are_kept" {
  command = plan

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.function["relay"].policy).Statement : statement.Resource if contains(["PublishEvents", "EncryptEvents", "KeepFailedInvocations"], statement.Sid)] == [[var.resources.events_topic_arn], [var.resources.events_key_arn], [var.resources.failure_queue_arn]]
    error_message = "The relay must publish to the topic, use its key, and fail to the queue."
  }
}

run "who_redrives_takes_from_dead_letter_queues_and_gives_to_the_others" {
  command = plan

  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.function["redrive"].policy).Statement : statement.Sid => statement.Resource
      if contains(["TakeDeadLetters", "SendToConsumersAgain", "StartAgain"], statement.Sid)
      } == {
      TakeDeadLetters      = ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer-dlq"]
      SendToConsumersAgain = ["arn:aws:sqs:us-east-1:123456789012:acme-dev-consumer"]
      StartAgain           = ["arn:aws:lambda:us-east-1:123456789012:function:acme-dev-relay:live"]
    }
    error_message = "Dead letters must be taken from their queues only, and go back to named queues and functions only."
  }

  assert {
    condition     = !anytrue([for statement in jsondecode(aws_iam_role_policy.function["redrive"].policy).Statement : contains(statement.Action, "sqs:SendMessage") && contains(statement.Action, "sqs:DeleteMessage")])
    error_message = "Nothing may be deleted where it is sent to."
  }
}

run "the_master_secret_is_decrypted_by_way_of_secrets_manager_only" {
  command = plan

  assert {
    condition     = one([for statement in jsondecode(aws_iam_role_policy.function["migrate"].policy).Statement : statement.Condition.StringEquals if statement.Sid == "DecryptMasterSecret"]) == { "kms:ViaService" = "secretsmanager.us-east-1.amazonaws.com" }
    error_message = "The database's key must not be usable for anything else."
  }
}

run "each_function_has_a_role_of_its_own" {
  command = plan

  assert {
    condition     = toset([for key, role in aws_iam_role.function : role.name]) == toset([for function in values(var.functions) : function.name])
    error_message = "No two functions may share a role."
  }
}

run "another_stack_may_own_the_account_settings" {
  command = apply

  variables {
    manages_account_settings = false
  }

  assert {
    condition     = length(aws_iam_role.api_gateway) == 0 && output.api_gateway_role_arn == null
    error_message = "There must be no second role for API Gateway."
  }
}
