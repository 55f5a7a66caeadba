# A key ring in one location of a home, and a key for each kind of data that rests there.

resource "google_kms_key_ring" "ring" {
  project  = var.project
  name     = "${var.home}-redline"
  location = var.location
}

locals {
  # As the provider names it, but told before it is made: so a plan shows which key encrypts what.
  ring = "projects/${google_kms_key_ring.ring.project}/locations/${google_kms_key_ring.ring.location}/keyRings/${google_kms_key_ring.ring.name}"
}

resource "google_kms_crypto_key" "keys" {
  for_each = var.users

  name                       = each.key
  key_ring                   = google_kms_key_ring.ring.id
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s" # 30 days in which a mistake can be taken back

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.protection_level
  }

  labels = { home = var.home }

  lifecycle {
    prevent_destroy = true # with the key all that it encrypts is gone
  }
}

# Only the service that encrypts may use a key: no person, and no function of ours but of `documents` (modules/identity).
resource "google_kms_crypto_key_iam_member" "users" {
  for_each = { for pair in flatten([
    for key, members in var.users : [for member in members : { key = key, member = member }]
  ]) : "${pair.key} ${pair.member}" => pair }

  crypto_key_id = google_kms_crypto_key.keys[each.value.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value.member
}
