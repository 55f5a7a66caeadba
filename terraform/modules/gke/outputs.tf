output "cluster" {
  description = "Name of the cluster."
  value       = google_container_cluster.home.name
}
