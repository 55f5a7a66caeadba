output "audit_dataset" {
  description = "Id of the dataset of the audit trail."
  value       = google_bigquery_dataset.audit.dataset_id
}

output "access_dataset" {
  description = "Id of the dataset of the buckets' audit logs."
  value       = google_bigquery_dataset.access.dataset_id
}
