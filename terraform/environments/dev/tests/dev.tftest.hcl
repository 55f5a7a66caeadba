mock_provider "google" {}

variables {
  organization = {
    repository       = "example/redline"
    custodians_group = "custodians@example.com"
    auditors         = { "auditors@example.com" = "*" }
    security_group   = "gke-security-groups@example.com"
    operators_mail   = "operators@example.com"
    allowed_ranges   = ["198.51.100.0/24"]
    billing_account  = "000000-000000-000000"
  }
  projects = {
    us = { project = "redline-dev", project_number = "1", domains = ["us.example.com"], attestor_public_key = "-----BEGIN PUBLIC KEY-----" }
  }
  secrets = { pagerduty_key = "only for this test" }
}

# That nothing is public, in the clear or without dead letters, modules/home demands of every plan (its outputs).
run "data_stays_at_home" {
  command = plan

  assert {
    condition = { for name, home in output.homes : name => join(", ", home.residency) } == { for name, places in {
      us = ["us-central1: us-central1"]
    } : name => join(", ", places) }
    error_message = "Data of a home may lie elsewhere, or under a key that lies elsewhere."
  }
}
