mock_provider "google" {}

variables {
  project  = "redline-test"
  home     = "eu"
  location = "europe"
  users = {
    storage = ["serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com"]
    pubsub  = ["serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"]
  }
}

run "keys_lie_at_home_and_rotate" {
  command = plan

  assert {
    condition     = google_kms_key_ring.ring.location == "europe"
    error_message = "The ring lies elsewhere than its home."
  }
  assert {
    condition     = alltrue([for key in google_kms_crypto_key.keys : key.rotation_period == "7776000s"])
    error_message = "A key is not rotated every 90 days."
  }
  assert {
    condition     = alltrue([for key in google_kms_crypto_key.keys : key.version_template[0].protection_level == "HSM"])
    error_message = "A key is not kept in hardware."
  }
  assert {
    condition     = alltrue([for key in google_kms_crypto_key.keys : key.destroy_scheduled_duration == "2592000s"])
    error_message = "A key that is destroyed by mistake could not be taken back for 30 days."
  }
}

run "each_agent_uses_its_own_key" {
  command = plan

  assert {
    condition = {
      for grant in google_kms_crypto_key_iam_member.users : grant.member => grant.role
      } == {
      "serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com" = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
      "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"       = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    }
    error_message = "Somebody else may use a key, or with another role."
  }
}

run "no_person_uses_a_key" {
  command = plan
  variables {
    users = { storage = ["user:somebody@example.com"] }
  }
  expect_failures = [var.users]
}
