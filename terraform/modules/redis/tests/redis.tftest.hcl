mock_provider "google" {}

variables {
  project = "redline-test"
  home    = "eu"
  region  = "europe-west1"
  network = "projects/redline-test/global/networks/eu-redline"
  kms_key = "projects/redline-test/locations/europe-west1/keyRings/eu-redline/cryptoKeys/redis"
}

run "the_cache_is_closed" {
  command = plan

  assert {
    condition     = google_redis_instance.cache.auth_enabled
    error_message = "The cache takes commands without AUTH."
  }
  assert {
    condition     = google_redis_instance.cache.transit_encryption_mode == "SERVER_AUTHENTICATION"
    error_message = "The cache talks without TLS."
  }
  assert {
    condition     = google_redis_instance.cache.customer_managed_key == var.kms_key
    error_message = "The cache is not encrypted with the key of its home."
  }
  assert {
    condition     = google_redis_instance.cache.region == "europe-west1" && google_redis_instance.cache.tier == "STANDARD_HA" && google_redis_instance.cache.connect_mode == "PRIVATE_SERVICE_ACCESS"
    error_message = "The cache lies elsewhere, has no replica or is reached from outside."
  }
}
