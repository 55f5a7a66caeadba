output "network" {
  description = "Full name of the network."
  value       = google_compute_network.home.id
}

output "subnetwork" {
  description = "Full name of the nodes' subnetwork."
  value       = google_compute_subnetwork.nodes.id
}

output "with_redis" {
  description = "Full name of the network, once Memorystore may take addresses in it."
  value       = "projects/${var.project}/global/networks/${google_compute_network.home.name}"
  depends_on  = [google_network_connectivity_service_connection_policy.redis]
}
