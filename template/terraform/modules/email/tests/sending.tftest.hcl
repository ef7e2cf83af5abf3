# The DKIM keys exist once SES has made them: the end-to-end test sees their records.
mock_provider "aws" {}

run "mail_is_encrypted_and_addresses_that_bounced_are_left_alone" {
  command = plan

  assert {
    condition     = aws_sesv2_configuration_set.this.delivery_options[0].tls_policy == "REQUIRE"
    error_message = "Mail must not travel in plain text."
  }

  assert {
    condition     = toset(aws_sesv2_configuration_set.this.suppression_options[0].suppressed_reasons) == toset(["BOUNCE", "COMPLAINT"])
    error_message = "Bounced and complaining addresses must be suppressed."
  }

  assert {
    condition     = aws_sesv2_email_identity.this.configuration_set_name == "acme-dev" && aws_sesv2_email_identity_mail_from_attributes.this.mail_from_domain == "mail.acme.example"
    error_message = "The domain must use the configuration set and its own bounce domain."
  }

  assert {
    condition     = contains(aws_sesv2_configuration_set_event_destination.metrics.event_destination[0].matching_event_types, "BOUNCE")
    error_message = "Bounces must be counted."
  }
}

run "the_records_to_create_are_told" {
  command = apply

  assert {
    condition     = toset([for record in output.dns_records : "${record.type} ${record.name}" if record.type != "CNAME"]) == toset(["MX mail.acme.example", "TXT mail.acme.example", "TXT _dmarc.acme.example"])
    error_message = "Bounces, SPF and DMARC must be among the records."
  }
}
