# Who may become the roles, and how far they reach.

mock_provider "aws" {
  source = "../../tests/mocks"
}

run "each_role_is_trusted_for_one_subject" {
  command = plan

  assert {
    condition = { for role in values(aws_iam_role.this) : role.name => jsondecode(role.assume_role_policy).Statement[0].Condition } == {
      acme-dev-ci-plan = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:acme@1042/billing@778899:pull_request"
      } }
      acme-dev-ci-apply = { StringEquals = {
        "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
        "token.actions.githubusercontent.com:sub" = "repo:acme@1042/billing@778899:ref:refs/heads/main"
      } }
    }
    error_message = "A role must trust the pull requests, or the main branch, of exactly this repository."
  }

  assert {
    condition = alltrue([
      for role in values(aws_iam_role.this) : [for statement in jsondecode(role.assume_role_policy).Statement : statement.Principal] == [
        { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      ]
    ])
    error_message = "Nobody but GitHub may vouch for a workflow."
  }
}

run "a_repository_of_before_the_ids_is_named_without_them" {
  command = plan

  variables {
    repository = "acme/billing"
  }

  assert {
    condition     = local.subjects == { plan = "repo:acme/billing:pull_request", apply = "repo:acme/billing:ref:refs/heads/main" }
    error_message = "The subject must be as GitHub writes it."
  }
}

run "a_plan_only_reads" {
  command = apply

  assert {
    condition     = local.attached.plan == toset(["reading", "reading_data", "state_reading"])
    error_message = "The role of a pull request must have nothing but the policies that read."
  }

  assert {
    condition = alltrue([
      for action in flatten([for policy in local.attached.plan : [for statement in local.policies[policy] : statement.Action]]) :
      can(regex(":(Get|List|Describe|AdminGet|AdminList|GET|Decrypt)", action))
    ])
    error_message = "The policies that read must not change anything."
  }
}

run "aws_takes_the_policies" {
  command = apply

  assert {
    condition     = alltrue([for policy in values(aws_iam_policy.this) : length(policy.policy) <= 6144])
    error_message = "A managed policy holds 6 144 characters: ${jsonencode({ for key, policy in aws_iam_policy.this : key => length(policy.policy) })}."
  }

  assert {
    condition     = alltrue([for policies in values(local.attached) : length(policies) <= 10])
    error_message = "A role takes 10 managed policies."
  }
}

run "the_account_s_other_stacks_use_its_identity_provider" {
  command = plan

  variables {
    manages_identity_provider = false
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.this) == 0
    error_message = "An account knows an issuer once."
  }
}
