output "names" {
  description = "Name of each bucket."
  value       = { for key, bucket in google_storage_bucket.buckets : key => bucket.name }
}

output "stores" {
  description = "Where each bucket rests, under which key, and whether it could be opened to the public."
  value = { for key, bucket in google_storage_bucket.buckets : "bucket ${key}" => {
    location = bucket.location, kms_key = bucket.encryption[0].default_kms_key_name, public = bucket.public_access_prevention != "enforced"
  } }
}
