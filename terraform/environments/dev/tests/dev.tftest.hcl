mock_provider "google" {}

override_module {
  target = module.us.module.kms["us-central1"]
  outputs = {
    ring = "projects/p/locations/us-central1/keyRings/r"
    keys = {
      storage  = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/storage"
      pubsub   = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/pubsub"
      registry = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/registry"
      bigquery = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/bigquery"
      redis    = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/redis"
      gke      = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/gke"
      logging  = "projects/p/locations/us-central1/keyRings/r/cryptoKeys/logging"
    }
  }
}

variables {
  custodians_group = "custodians@example.com"
  auditors         = { "auditors@example.com" = "*" }
  security_group   = "gke-security-groups@example.com"
  operators_mail   = "operators@example.com"
  allowed_ranges   = ["198.51.100.0/24"]
  billing_account  = "000000-000000-000000"
  pagerduty_key    = "only for this test"
  homes = {
    us = { project = "redline-dev", project_number = "1", domains = ["us.example.com"], attestor_public_key = "-----BEGIN PUBLIC KEY-----" }
  }
}

run "data_stays_at_home" {
  command = plan

  assert {
    condition     = jsonencode(module.us.residency) == jsonencode({ buckets = "us-central1", keys = ["us-central1"], messages = ["us-central1"], trail = "us-central1" })
    error_message = "Data of the home us may lie elsewhere."
  }
  assert {
    condition     = module.us.buckets["uploads"] == "${var.homes.us.project}-uploads" && length(module.us.buckets) == 5
    error_message = "A bucket of the home us has another name than its functions use."
  }
}
