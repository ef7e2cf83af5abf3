# The first administrator, of the operator's own tenant. Cognito mails a temporary password; the
# administrator invites everybody else.

resource "aws_cognito_user" "administrator" {
  user_pool_id             = aws_cognito_user_pool.this.id
  username                 = var.administrator.email
  desired_delivery_mediums = ["EMAIL"]

  attributes = {
    email              = var.administrator.email
    email_verified     = "true"
    "custom:tenant_id" = var.administrator.tenant_id
  }

  lifecycle {
    # From here on the account is its owner's: their name and address are not ours to put back.
    ignore_changes = [attributes]
  }
}

resource "aws_cognito_user_in_group" "administrator" {
  user_pool_id = aws_cognito_user_pool.this.id
  group_name   = aws_cognito_user_group.this[var.administrator.group].name
  username     = aws_cognito_user.administrator.username
}
