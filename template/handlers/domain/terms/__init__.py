"""The terms a tenant is billed by: settings, margins, periods, the billing lock."""
