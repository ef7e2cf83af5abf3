# Who is told when something is wrong: a topic per severity, so that whoever is paged by one is not
# woken by the others. What is watched is in the files beside this one.

locals {
  severities = {
    critical = "Page whoever is on call"
    warning  = "Look into it on the next working day"
    info     = "Worth knowing"
  }

  topics = {
    for severity in keys(local.severities) : severity => {
      name = "${var.name}-alerts-${severity}"
      arn  = "arn:${var.account.partition}:sns:${var.account.region}:${var.account.id}:${var.name}-alerts-${severity}"
    }
  }

  # One subscription per receiver and severity.
  subscriptions = merge([
    for receiver, subscription in var.alert_subscriptions : {
      for severity in subscription.severities : "${receiver}/${severity}" => merge(subscription, { severity = severity })
    }
  ]...)
}

resource "aws_kms_key" "this" {
  description             = "Alerts of ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = var.key_deletion_window_days
  policy                  = local.key_policy
}

resource "aws_kms_alias" "this" {
  name          = "alias/${var.name}-alerts"
  target_key_id = aws_kms_key.this.key_id
}

resource "aws_sns_topic" "this" {
  for_each = local.topics

  name              = each.value.name
  display_name      = "${var.name} ${each.key}: ${local.severities[each.key]}"
  kms_master_key_id = aws_kms_key.this.arn
  signature_version = 2
  policy            = local.topic_policies[each.key]
}

resource "aws_sns_topic_subscription" "this" {
  for_each = local.subscriptions

  topic_arn = aws_sns_topic.this[each.value.severity].arn
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint
}
