output "keys" {
  description = "Full name of each key."
  value       = { for name, key in google_kms_crypto_key.keys : name => "${local.ring}/cryptoKeys/${key.name}" }

  # Whoever names a key needs its service agent to be allowed to use it first.
  depends_on = [google_kms_crypto_key_iam_member.users]
}

output "ring" {
  description = "Full name of the ring."
  value       = local.ring
}
