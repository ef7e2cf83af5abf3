mock_provider "aws" {
  source = "../../tests/mocks"
}

run "nobody_chooses_their_tenant" {
  command = plan

  assert {
    condition     = one([for attribute in aws_cognito_user_pool.this.schema : attribute.mutable if attribute.name == "tenant_id"]) == false
    error_message = "A user's tenant must not change."
  }

  assert {
    condition     = !contains(aws_cognito_user_pool_client.app.write_attributes, "custom:tenant_id") && contains(aws_cognito_user_pool_client.app.read_attributes, "custom:tenant_id")
    error_message = "The web application must not write the tenant."
  }

  assert {
    condition     = aws_cognito_user_pool.this.admin_create_user_config[0].allow_admin_create_user_only
    error_message = "Nobody may sign up."
  }
}

run "a_sign_in_that_fails_does_not_say_whether_the_address_is_known" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool_client.app.prevent_user_existence_errors == "ENABLED"
    error_message = "Cognito must answer an unknown address like a wrong password."
  }
}

run "threats_are_neither_looked_for_nor_billed_where_protection_is_off" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool.this.user_pool_tier == "ESSENTIALS" && length(aws_cognito_user_pool.this.user_pool_add_ons) == 0 && length(aws_cognito_risk_configuration.this) == 0
    error_message = "Without threat protection the pool must stay in the cheaper tier."
  }
}

run "threats_are_noted_in_audit" {
  command = plan

  variables {
    threat_protection = "audit"
  }

  assert {
    condition     = aws_cognito_user_pool.this.user_pool_tier == "PLUS" && aws_cognito_user_pool.this.user_pool_add_ons[0].advanced_security_mode == "AUDIT" && length(aws_cognito_risk_configuration.this) == 0
    error_message = "Audit must look for threats and do nothing about them."
  }
}

run "a_leaked_password_is_refused_where_protection_is_enforced" {
  command = plan

  variables {
    threat_protection = "enforced"
  }

  assert {
    condition     = aws_cognito_user_pool.this.user_pool_add_ons[0].advanced_security_mode == "ENFORCED" && aws_cognito_risk_configuration.this["pool"].compromised_credentials_risk_configuration[0].actions[0].event_action == "BLOCK"
    error_message = "A password known from a leak must not sign in."
  }

  assert {
    condition     = length(aws_cognito_risk_configuration.this["pool"].account_takeover_risk_configuration) == 0
    error_message = "Cognito cannot warn a user before the domain sends mail."
  }
}

run "an_unusual_sign_in_needs_a_second_factor_once_mail_can_be_sent" {
  command = plan

  variables {
    threat_protection = "enforced"
    sender = {
      email                  = "billing@acme.example"
      identity_arn           = "arn:aws:ses:us-east-1:123456789012:identity/acme.example"
      configuration_set_name = "acme-dev"
    }
  }

  assert {
    condition     = aws_cognito_risk_configuration.this["pool"].account_takeover_risk_configuration[0].actions[0].high_action[0].event_action == "MFA_REQUIRED"
    error_message = "A takeover must not get by on the password."
  }
}

run "the_web_application_has_no_secret_and_no_password_flow" {
  command = plan

  assert {
    condition     = !aws_cognito_user_pool_client.app.generate_secret && aws_cognito_user_pool_client.app.allowed_oauth_flows == toset(["code"])
    error_message = "It must use the code flow without a secret."
  }

  assert {
    condition     = !contains(aws_cognito_user_pool_client.app.explicit_auth_flows, "ALLOW_USER_PASSWORD_AUTH")
    error_message = "Passwords must not be sent by browsers."
  }
}

run "machines_can_be_given_the_scopes_of_the_api" {
  command = plan

  assert {
    condition     = { for scope in aws_cognito_resource_server.this.scope : scope.scope_name => scope.scope_description } == { for name, description in var.scopes : name => description }
    error_message = "The resource server must have each scope that a client may be given."
  }
}

run "tokens_pass_the_trigger" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool.this.lambda_config[0].pre_token_generation_config[0] == { lambda_arn = var.pre_token_trigger.lambda_arn, lambda_version = "V3_0" }
    error_message = "The pool must ask the function before it signs a token."
  }

  assert {
    condition     = aws_cognito_user_pool.this.user_pool_tier == "ESSENTIALS"
    error_message = "Cheaper pools cannot change access tokens."
  }
}

run "the_first_administrator_belongs_to_the_operator" {
  command = apply

  assert {
    condition     = aws_cognito_user.administrator.attributes["custom:tenant_id"] == var.administrator.tenant_id && aws_cognito_user_in_group.administrator.group_name == "super_admin"
    error_message = "The first administrator must be of the operator's tenant and in the highest group."
  }
}

run "mfa_is_a_choice_unless_it_is_required" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "OPTIONAL" && aws_cognito_user_pool.this.deletion_protection == "INACTIVE"
    error_message = "MFA must be a choice, and the pool deletable."
  }
}

run "a_protected_pool_requires_mfa_and_refuses_to_go" {
  command = plan

  variables {
    mfa                 = "required"
    deletion_protection = true
  }

  assert {
    condition     = aws_cognito_user_pool.this.mfa_configuration == "ON" && aws_cognito_user_pool.this.deletion_protection == "ACTIVE"
    error_message = "MFA must be on, and the pool protected."
  }
}

run "mail_comes_from_cognito_until_the_domain_is_verified" {
  command = plan

  assert {
    condition     = aws_cognito_user_pool.this.email_configuration[0].email_sending_account == "COGNITO_DEFAULT"
    error_message = "Without a verified domain Cognito must send by itself."
  }
}

run "mail_comes_from_the_verified_domain" {
  command = plan

  variables {
    sender = {
      email                  = "billing@acme.example"
      identity_arn           = "arn:aws:ses:us-east-1:123456789012:identity/acme.example"
      configuration_set_name = "acme-dev"
    }
  }

  assert {
    condition     = aws_cognito_user_pool.this.email_configuration[0].email_sending_account == "DEVELOPER" && aws_cognito_user_pool.this.email_configuration[0].from_email_address == "Acme Billing <billing@acme.example>"
    error_message = "With a verified domain Cognito must send as its sender."
  }
}
