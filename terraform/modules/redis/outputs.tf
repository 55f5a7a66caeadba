output "cluster" {
  description = "Full name of the cluster, which grants are about."
  value       = "projects/${var.project}/locations/${google_redis_cluster.cache.region}/clusters/${google_redis_cluster.cache.name}"
}

output "stores" {
  description = "Where it rests, and under which key."
  value = {
    cache = { location = google_redis_cluster.cache.region, kms_key = google_redis_cluster.cache.kms_key, public = false }
  }
}
