# Who the stack's GitHub workflows are on AWS: two roles, trusted for exactly one repository. `plan`
# reads, for its pull requests; `apply` changes, for its main branch.

locals {
  issuer       = "token.actions.githubusercontent.com"
  provider_arn = "arn:${var.account.partition}:iam::${var.account.id}:oidc-provider/${local.issuer}"

  # A repository's jobs of another branch, tag or environment have another subject, and a fork's
  # pull request is given no token at all.
  subjects = {
    plan  = "repo:${var.repository}:pull_request"
    apply = "repo:${var.repository}:ref:refs/heads/${var.branch}"
  }

  policies = merge(local.reading, local.writing, local.state)

  # Whoever applies also plans.
  attached = {
    plan  = toset(concat(keys(local.reading), ["state_reading"]))
    apply = toset(concat(keys(local.reading), keys(local.writing), keys(local.state)))
  }
}

# AWS knows an issuer once per account.
resource "aws_iam_openid_connect_provider" "this" {
  count = var.manages_identity_provider ? 1 : 0

  url            = "https://${local.issuer}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "this" {
  for_each = local.subjects

  name                 = "${var.name}-ci-${each.key}"
  description          = "Lets the workflows of ${var.repository} ${each.key} ${var.name}"
  max_session_duration = 7200

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Workflows"
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = local.provider_arn }
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = each.value
        }
      }
    }]
  })

  depends_on = [aws_iam_openid_connect_provider.this]
}

# A policy holds 6 144 characters: one per part of the stack.
resource "aws_iam_policy" "this" {
  for_each = local.policies

  name        = "${var.name}-ci-${replace(each.key, "_", "-")}"
  description = "What the workflows of ${var.name} may do: ${replace(each.key, "_", " ")}"
  policy      = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_role_policy_attachment" "this" {
  for_each = merge([
    for role, policies in local.attached : { for policy in policies : "${role}/${policy}" => { role = role, policy = policy } }
  ]...)

  role       = aws_iam_role.this[each.value.role].name
  policy_arn = aws_iam_policy.this[each.value.policy].arn
}
