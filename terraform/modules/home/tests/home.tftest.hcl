mock_provider "google" {}

variables {
  home = "eu"
  settings = {
    project             = "redline-test"
    project_number      = "1"
    domains             = ["redline.example.com"]
    attestor_public_key = "-----BEGIN PUBLIC KEY-----"
    region              = "europe-west1"
    zones               = ["europe-west1-b", "europe-west1-c"]
    recovery            = { region = "europe-west4", multi_region = { storage = "EU", kms = "europe" } }
    budget              = 500
    elasticsearch       = { attachment = "projects/elastic/regions/europe-west1/serviceAttachments/proxy-psc", zone = "psc.example.com" }
    delivery            = { environment = "prod-eu" }
  }
  organization = {
    repository       = "example/redline"
    custodians_group = "custodians@example.com"
    auditors         = { "auditors@example.com" = "*" }
    security_group   = "gke-security-groups@example.com"
    operators_mail   = "operators@example.com"
    allowed_ranges   = ["198.51.100.0/24"]
    billing_account  = "000000-000000-000000"
  }
  secrets = { pagerduty_key = "only for this test" }
}

run "data_stays_at_home_and_encrypted" {
  command = plan

  assert {
    condition = jsonencode(output.residency) == jsonencode([
      "eu: europe", "europe-west1 europe-west4: europe", "europe-west1: europe-west1", "europe-west4: europe-west4", "europe: europe",
    ])
    error_message = "Data may lie outside of the home, or under a key that lies elsewhere."
  }
  assert {
    condition     = alltrue([for what in ["bucket uploads", "topic redline-pairs", "dataset eu_audit", "dataset eu_audit_recovery", "cache", "secret document-key in europe-west4", "images", "cluster", "disks of spot", "logs", "bucket static"] : contains(keys(output.stores), what)])
    error_message = "Something that keeps data is not accounted for."
  }
}

run "nothing_is_recovered_on_another_continent" {
  command = plan
  variables {
    settings = merge(var.settings, { recovery = { region = "us-east1", multi_region = { storage = "US", kms = "us" } } })
  }
  expect_failures = [var.settings]
}

run "people_deliver_where_no_repository_does" {
  command = plan
  variables {
    organization = merge(var.organization, { repository = null })
  }
  assert {
    condition     = output.delivery == null && length(module.delivery) == 0
    error_message = "A repository that is not named may deploy."
  }
}
