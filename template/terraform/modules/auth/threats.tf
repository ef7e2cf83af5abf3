# Sign-ins that look like an attack: a password known from another site's leak, or a device and place
# the user was never seen with. In audit Cognito writes its verdict to the user's history alone.

locals {
  detects_threats = var.threat_protection != "off"
  acts_on_threats = var.threat_protection == "enforced"
}

resource "aws_cognito_risk_configuration" "this" {
  for_each = local.acts_on_threats ? toset(["pool"]) : []

  user_pool_id = aws_cognito_user_pool.this.id

  compromised_credentials_risk_configuration {
    event_filter = ["PASSWORD_CHANGE", "SIGN_IN"]

    actions {
      event_action = "BLOCK"
    }
  }

  # Cognito tells the user by mail, and has to be able to send one.
  dynamic "account_takeover_risk_configuration" {
    for_each = var.sender == null ? [] : [var.sender]

    content {
      actions {
        low_action {
          event_action = "NO_ACTION"
          notify       = false
        }

        medium_action {
          event_action = "MFA_IF_CONFIGURED"
          notify       = true
        }

        high_action {
          event_action = "MFA_REQUIRED"
          notify       = true
        }
      }

      notify_configuration {
        from       = account_takeover_risk_configuration.value.email
        source_arn = account_takeover_risk_configuration.value.identity_arn
      }
    }
  }
}
