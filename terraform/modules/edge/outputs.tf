output "address" {
  description = "Address that the domain names must point to."
  value       = google_compute_global_address.edge.address
}
