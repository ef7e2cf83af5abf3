# Which requests are traced, and who may write of them.

mock_provider "aws" {
  source = "../../tests/mocks"
}

run "the_share_of_the_tier_is_traced_and_nothing_on_top" {
  command = plan

  assert {
    condition     = [aws_xray_sampling_rule.api.fixed_rate, aws_xray_sampling_rule.api.reservoir_size] == [0.1, 0]
    error_message = "A tenth of the requests must be traced, in quiet hours and in busy ones."
  }

  assert {
    condition     = [aws_xray_sampling_rule.api.rule_name, aws_xray_sampling_rule.api.service_type, aws_xray_sampling_rule.api.service_name] == ["acme-dev", "AWS::ApiGateway::Stage", "acme-dev/api"]
    error_message = "The rule must be about the API of this stack, and no other."
  }
}

run "topics_of_domain_events_may_write_traces" {
  command = plan

  assert {
    condition     = aws_xray_resource_policy.topics[0].policy_name == "acme-dev-event-topics"
    error_message = "The account must know whose policy it is."
  }

  assert {
    condition     = [for statement in jsondecode(aws_xray_resource_policy.topics[0].policy_document).Statement : [statement.Principal.Service, statement.Condition.StringEquals["aws:SourceAccount"], statement.Condition.ArnLike["aws:SourceArn"]]] == [["sns.amazonaws.com", "123456789012", "arn:aws:sns:us-east-1:123456789012:*-events"]]
    error_message = "Only SNS may, for topics of domain events of this account."
  }
}

run "one_stack_of_an_account_owns_the_policy" {
  command = plan

  variables {
    manages_account_settings = false
  }

  assert {
    condition     = length(aws_xray_resource_policy.topics) == 0 && aws_xray_sampling_rule.api.rule_name == "acme-dev"
    error_message = "AWS keeps five policies per account; a sampling rule is each stack's own."
  }
}
