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
    us = { project = "redline-staging", project_number = "1", domains = ["us.example.com"], attestor_public_key = "-----BEGIN PUBLIC KEY-----" }
  }
  secrets = { pagerduty_key = "only for this test" }
}

run "data_stays_at_home_encrypted_and_closed" {
  command = plan

  assert {
    condition = { for name, home in output.homes : name => join(", ", home.residency) } == { for name, places in {
      us = ["us-central1 us-east1: us", "us-central1: us-central1", "us-east1: us-east1", "us: us"]
    } : name => join(", ", places) }
    error_message = "Data of a home may lie elsewhere, or under a key that lies elsewhere."
  }
  assert {
    condition = alltrue(flatten([for name, home in output.homes : [for store in home.stores :
      startswith(store.kms_key, "projects/${var.projects[name].project}/locations/") && !store.public
    ]]))
    error_message = "Something is not encrypted with a key of its home, or could be made public."
  }
  assert {
    condition     = alltrue([for name, home in output.homes : home.buckets["uploads"] == "${var.projects[name].project}-uploads" && length(home.buckets) == 5])
    error_message = "A bucket of a home has another name than its functions use."
  }
  assert {
    condition     = alltrue([for home in output.homes : home.without_dead_letters == ["dead-letters-deadletters"]])
    error_message = "A subscription of a home has no dead letters."
  }
}
