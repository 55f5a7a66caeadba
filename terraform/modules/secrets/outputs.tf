output "stores" {
  description = "Where each secret rests, and under which key."
  value = merge([for name, secret in google_secret_manager_secret.secrets : {
    for replica in secret.replication[0].user_managed[0].replicas : "secret ${name} in ${replica.location}" => {
      location = replica.location, kms_key = replica.customer_managed_encryption[0].kms_key_name, public = false
    }
  }]...)
}
