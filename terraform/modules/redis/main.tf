# The cache of one home: seen marks and tallies, which may be forgotten at any time. So there is no persistence.
#
# Who comes in is said by IAM: a client's password is a token of its own account, an hour long (backends/cache/google.py).

resource "google_redis_cluster" "cache" {
  project       = var.project
  name          = "${var.home}-redline"
  region        = var.region
  node_type     = var.node_type
  shard_count   = var.shards
  replica_count = 1

  authorization_mode          = "AUTH_MODE_IAM_AUTH"
  transit_encryption_mode     = "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION"
  kms_key                     = var.kms_key
  deletion_protection_enabled = true

  redis_configs = {
    maxmemory-policy = "volatile-lru"
  }

  psc_configs {
    network = var.network
  }

  zone_distribution_config {
    mode = "MULTI_ZONE"
  }

  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours = 3
      }
    }
  }

  labels = { home = var.home }
}
