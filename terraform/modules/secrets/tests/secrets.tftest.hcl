mock_provider "google" {}

variables {
  project = "redline-test"
  home    = "eu"
  kms_keys = {
    europe-west1 = "projects/redline-test/locations/europe-west1/keyRings/eu-redline/cryptoKeys/secrets"
    europe-west4 = "projects/redline-test/locations/europe-west4/keyRings/eu-redline/cryptoKeys/secrets"
  }
}

run "secrets_stay_at_home_and_encrypted" {
  command = plan

  assert {
    condition = alltrue([for secret in google_secret_manager_secret.secrets : tomap({
      for replica in secret.replication[0].user_managed[0].replicas : replica.location => replica.customer_managed_encryption[0].kms_key_name
    }) == var.kms_keys])
    error_message = "A secret lies elsewhere, or is not encrypted with a key of its region."
  }
  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.secrets : secret.deletion_protection && secret.version_destroy_ttl == "2592000s"])
    error_message = "A secret that is destroyed by mistake could not be taken back for 30 days."
  }
}

run "the_cluster_alone_reads_them" {
  command = plan

  assert {
    condition     = toset([for grant in google_secret_manager_secret_iam_member.reader : grant.role]) == toset(["roles/secretmanager.secretAccessor"])
    error_message = "Somebody may do more with a secret than read it."
  }
  assert {
    condition     = google_service_account_iam_member.reader.member == "serviceAccount:redline-test.svc.id.goog[redline/redline-secrets]"
    error_message = "Another Kubernetes account reads the secrets."
  }
}

run "a_key_elsewhere_is_refused" {
  command = plan
  variables {
    kms_keys = { europe-west1 = "projects/redline-test/locations/us-east1/keyRings/eu-redline/cryptoKeys/secrets" }
  }
  expect_failures = [var.kms_keys]
}
