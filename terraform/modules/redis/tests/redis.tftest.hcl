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
    condition     = google_redis_cluster.cache.authorization_mode == "AUTH_MODE_IAM_AUTH"
    error_message = "The cache takes commands without AUTH."
  }
  assert {
    condition     = google_redis_cluster.cache.transit_encryption_mode == "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"
    error_message = "The cache talks without TLS."
  }
  assert {
    condition     = google_redis_cluster.cache.kms_key == var.kms_key
    error_message = "The cache is not encrypted with the key of its home."
  }
  assert {
    condition     = google_redis_cluster.cache.region == "europe-west1" && one(google_redis_cluster.cache.psc_configs).network == var.network
    error_message = "The cache lies elsewhere, or is reached from another network."
  }
}

run "a_node_or_a_zone_may_be_lost" {
  command = plan

  assert {
    condition     = google_redis_cluster.cache.replica_count == 1 && google_redis_cluster.cache.zone_distribution_config[0].mode == "MULTI_ZONE"
    error_message = "A shard has no replica in another zone."
  }
  assert {
    condition     = google_redis_cluster.cache.deletion_protection_enabled
    error_message = "The cache could be deleted by a slip."
  }
}
