# What processes are told and nobody else may know. Terraform makes the entries; their content is added by people
# (knative/README.md), so that it stands in no state. GKE copies it into the cluster as the account `redline-secrets`.

locals {
  secrets = toset([
    "document-key",          # 32 random bytes, from which document ids are derived; never changed
    "redis-url",             # where the cache is; its password is a token of IAM
    "redis-ca",              # the certificates by which the cache is known
    "elasticsearch-url",     # where the index is
    "elasticsearch-api-key", # what opens it
    "pagerduty-key",         # by which Alertmanager calls somebody
  ])
}

resource "google_secret_manager_secret" "secrets" {
  for_each = local.secrets

  project             = var.project
  secret_id           = each.key
  version_destroy_ttl = "2592000s" # 30 days in which a mistake can be taken back
  deletion_protection = true

  replication {
    user_managed {
      dynamic "replicas" {
        for_each = var.kms_keys
        content {
          location = replicas.key
          customer_managed_encryption {
            kms_key_name = replicas.value
          }
        }
      }
    }
  }

  labels = { home = var.home }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_service_account" "reader" {
  project      = var.project
  account_id   = "redline-secrets"
  display_name = "Copies secrets into the cluster"
}

resource "google_service_account_iam_member" "reader" {
  service_account_id = google_service_account.reader.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[redline/redline-secrets]"
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = local.secrets

  project   = var.project
  secret_id = google_secret_manager_secret.secrets[each.key].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = "serviceAccount:${google_service_account.reader.email}"
}
