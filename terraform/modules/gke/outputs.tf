output "cluster" {
  description = "Name of the cluster."
  value       = google_container_cluster.home.name
}

output "stores" {
  description = "Where the cluster's secrets and disks rest, and under which keys."
  value = merge({
    cluster = { location = google_container_cluster.home.location, kms_key = google_container_cluster.home.database_encryption[0].key_name, public = false }
    }, { for name, pool in google_container_node_pool.pools : "disks of ${name}" => {
      location = pool.location, kms_key = pool.node_config[0].boot_disk_kms_key, public = false
  } })
}
