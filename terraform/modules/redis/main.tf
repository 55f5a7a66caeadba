# The cache of one home: seen marks and tallies, which may be forgotten at any time.
#
# An instance with a replica in another zone, not a Memorystore Cluster: what is held fits into one node many times, and
# the only AUTH that a Cluster has are IAM tokens of an hour, which a URL cannot hold.

resource "google_redis_instance" "cache" {
  project        = var.project
  name           = "${var.home}-redline"
  region         = var.region
  tier           = "STANDARD_HA"
  memory_size_gb = var.memory_gb
  redis_version  = "REDIS_7_2"

  authorized_network      = var.network
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  customer_managed_key    = var.kms_key
  deletion_protection     = true

  redis_configs = {
    maxmemory-policy = "volatile-lru"
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
