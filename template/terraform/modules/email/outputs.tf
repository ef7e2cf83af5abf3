output "identity_arn" {
  description = "ARN of the domain's identity."
  value       = aws_sesv2_email_identity.this.arn
}

output "configuration_set_name" {
  description = "Name of the configuration set."
  value       = aws_sesv2_configuration_set.this.configuration_set_name
}

output "configuration_set_arn" {
  description = "ARN of the configuration set."
  value       = aws_sesv2_configuration_set.this.arn
}

output "dns_records" {
  description = "DNS records to create in the domain's zone: DKIM, bounces, SPF and DMARC."
  value = concat(
    [
      for token in flatten(aws_sesv2_email_identity.this.dkim_signing_attributes[*].tokens) : {
        name  = "${token}._domainkey.${var.domain}"
        type  = "CNAME"
        value = "${token}.dkim.amazonses.com"
      }
    ],
    [
      { name = local.mail_from_domain, type = "MX", value = "10 feedback-smtp.${var.region}.amazonses.com" },
      { name = local.mail_from_domain, type = "TXT", value = "v=spf1 include:amazonses.com ~all" },
      { name = "_dmarc.${var.domain}", type = "TXT", value = "v=DMARC1; p=quarantine; rua=mailto:${var.dmarc_report_email}" },
    ],
  )
}
