output "network" {
  description = "Full name of the network."
  value       = google_compute_network.home.id
}

output "subnetwork" {
  description = "Full name of the nodes' subnetwork."
  value       = google_compute_subnetwork.nodes.id
}

output "private_services" {
  description = "Full name of the network, once services of Google are reached from it by private addresses."
  value       = google_compute_network.home.id
  depends_on  = [google_service_networking_connection.services]
}
