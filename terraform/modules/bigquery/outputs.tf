output "audit_dataset" {
  description = "Id of the dataset of the audit trail."
  value       = google_bigquery_dataset.audit.dataset_id
}

output "access_dataset" {
  description = "Id of the dataset of the buckets' audit logs."
  value       = google_bigquery_dataset.access.dataset_id
}

output "stores" {
  description = "Where each dataset rests, and under which key."
  value = { for dataset in concat([google_bigquery_dataset.audit, google_bigquery_dataset.access], google_bigquery_dataset.recovery) :
    "dataset ${dataset.dataset_id}" => {
      location = dataset.location, kms_key = dataset.default_encryption_configuration[0].kms_key_name, public = false
    }
  }
}
