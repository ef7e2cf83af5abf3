# Who may call: users by the hosted sign-in, machines by client credentials. A tenant's users are
# told from another's by an attribute that nobody can change after the user was created.

resource "aws_cognito_user_pool" "this" {
  name                = var.name
  user_pool_tier      = local.detects_threats ? "PLUS" : "ESSENTIALS" # the least with a trigger that can change access tokens
  deletion_protection = var.deletion_protection ? "ACTIVE" : "INACTIVE"

  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]

  # Cognito requires MFA of a whole pool or of nobody: to require it of administrators is to
  # require it of all.
  mfa_configuration = var.mfa == "required" ? "ON" : "OPTIONAL"

  software_token_mfa_configuration {
    enabled = true
  }

  username_configuration {
    case_sensitive = false
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_uppercase                = true
    require_numbers                  = true
    require_symbols                  = true
    password_history_size            = 5
    temporary_password_validity_days = 7
  }

  # Nobody signs up: a user without a tenant could do nothing.
  admin_create_user_config {
    allow_admin_create_user_only = true

    invite_message_template {
      email_subject = "Your ${var.product_name} account"
      email_message = "Welcome to ${var.product_name}. Sign in as {username} with the temporary password {####}"
      sms_message   = "Sign in to ${substr(var.product_name, 0, 40)} as {username} with the password {####}"
    }
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  dynamic "user_pool_add_ons" {
    for_each = local.detects_threats ? [upper(var.threat_protection)] : []

    content {
      advanced_security_mode = user_pool_add_ons.value
    }
  }

  user_attribute_update_settings {
    attributes_require_verification_before_update = ["email"]
  }

  schema {
    name                = "tenant_id"
    attribute_data_type = "String"
    mutable             = false
    required            = false # Cognito allows no required custom attribute

    string_attribute_constraints {
      min_length = 36
      max_length = 36
    }
  }

  # Cognito's own sender gives 50 mails a day and needs no domain. Ours takes over once the
  # domain's DNS records are in place, for which an apply cannot wait.
  email_configuration {
    email_sending_account = var.sender == null ? "COGNITO_DEFAULT" : "DEVELOPER"
    from_email_address    = try("${var.product_name} <${var.sender.email}>", null)
    source_arn            = try(var.sender.identity_arn, null)
    configuration_set     = try(var.sender.configuration_set_name, null)
  }

  lambda_config {
    pre_token_generation_config {
      lambda_arn     = var.pre_token_trigger.lambda_arn
      lambda_version = var.pre_token_trigger.lambda_version
    }
  }
}

# Its own sign-in page: <prefix>.auth.<region>.amazoncognito.com
resource "aws_cognito_user_pool_domain" "this" {
  domain       = var.domain_prefix
  user_pool_id = aws_cognito_user_pool.this.id
}

resource "aws_cognito_user_group" "this" {
  for_each = var.groups

  name         = each.key
  description  = each.value.description
  precedence   = each.value.precedence
  user_pool_id = aws_cognito_user_pool.this.id
}
