output "endpoint" {
  description = "Id of the endpoint, which the filter of the deployment must name."
  value       = google_compute_forwarding_rule.elasticsearch.psc_connection_id
}
