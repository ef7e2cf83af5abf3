# The logins that RDS Proxy uses: it has nothing but passwords to log in with. Their secrets are made
# empty, and `saasgen migrate` fills them, so that no password is ever in a state. They are there
# without a proxy too, so that a stack that grows one finds them filled (docs/adr/0009).

locals {
  # As in handlers/platform/database/roles.py.
  proxied_logins = toset(["app_proxied", "service_proxied"])
}

resource "aws_secretsmanager_secret" "proxied_login" {
  for_each = local.proxied_logins

  name                    = "${var.name}/database/${each.key}"
  description             = "Password that RDS Proxy logs in to ${var.name} with as ${each.key}"
  kms_key_id              = aws_kms_key.this.arn
  recovery_window_in_days = var.protection.deletion_protection ? 30 : 0
}
