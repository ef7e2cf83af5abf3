# What the tests of this folder give the variables, unless they say otherwise.

name               = "acme-dev"
domain             = "acme.example"
region             = "us-east-1"
mail_from_label    = "mail"
dmarc_report_email = "billing@acme.example"
