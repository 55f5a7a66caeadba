output "address" {
  description = "Address that the domain names must point to."
  value       = google_compute_global_address.edge.address
}

output "stores" {
  description = "Where static assets rest, under which key, and whether they could be opened to the public."
  value = {
    "bucket static" = { location = google_storage_bucket.static.location, kms_key = google_storage_bucket.static.encryption[0].default_kms_key_name, public = google_storage_bucket.static.public_access_prevention != "enforced" }
  }
}
