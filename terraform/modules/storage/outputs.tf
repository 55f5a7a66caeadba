output "names" {
  description = "Name of each bucket."
  value       = { for key, bucket in google_storage_bucket.buckets : key => bucket.name }
}
