mock_provider "google" {}

override_module {
  target = module.kms["europe"]
  outputs = {
    ring = "projects/p/locations/europe/keyRings/r"
    keys = {
      storage  = "projects/p/locations/europe/keyRings/r/cryptoKeys/storage"
      pubsub   = "projects/p/locations/europe/keyRings/r/cryptoKeys/pubsub"
      registry = "projects/p/locations/europe/keyRings/r/cryptoKeys/registry"
    }
  }
}

override_module {
  target = module.kms["europe-west1"]
  outputs = {
    ring = "projects/p/locations/europe-west1/keyRings/r"
    keys = {
      bigquery = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/bigquery"
      redis    = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/redis"
      gke      = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/gke"
      logging  = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/logging"
    }
  }
}

override_module {
  target = module.kms["europe-west4"]
  outputs = {
    ring = "projects/p/locations/europe-west4/keyRings/r"
    keys = {
      bigquery = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/bigquery"
      redis    = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/redis"
      gke      = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/gke"
      logging  = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/logging"
    }
  }
}

variables {
  custodians_group    = "custodians@example.com"
  auditors            = { "auditors@example.com" = "*" }
  security_group      = "gke-security-groups@example.com"
  operators_mail      = "operators@example.com"
  allowed_ranges      = ["198.51.100.0/24"]
  billing_account     = "000000-000000-000000"
  pagerduty_key       = "only for this test"
  project             = "redline-test"
  project_number      = "1"
  home                = "eu"
  region              = "europe-west1"
  zones               = ["europe-west1-b", "europe-west1-c"]
  domains             = ["redline.example.com"]
  budget              = 500
  attestor_public_key = "-----BEGIN PUBLIC KEY-----"
  pools               = { on-demand = { machine = "e2-standard-4", spot = false, min = 1, max = 2 } }
  recovery            = { region = "europe-west4", multi_region = { storage = "EU", kms = "europe" } }
}

run "data_stays_at_home" {
  command = plan

  assert {
    condition     = jsonencode(output.residency) == jsonencode({ buckets = "EU", keys = ["europe", "europe-west1", "europe-west4"], messages = ["europe-west1", "europe-west4"], trail = "europe-west1" })
    error_message = "Data may lie outside of the home."
  }
  assert {
    condition     = length(output.buckets) == 5 && output.buckets["dead-letters"] == "redline-test-dead-letters"
    error_message = "A bucket has another name than the functions use."
  }
}

run "nothing_is_recovered_on_another_continent" {
  command = plan
  variables {
    recovery = { region = "us-east1", multi_region = { storage = "US", kms = "us" } }
  }
  expect_failures = [var.recovery]
}
