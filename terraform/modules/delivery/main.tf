# How a workflow of the repository acts here without a key: GitHub says which repository and environment it runs for
# (Workload Identity Federation), and an account that is bound to both may deploy, and nothing else.

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project
  workload_identity_pool_id = "github"
  display_name              = "GitHub"
}

resource "google_iam_workload_identity_pool_provider" "github" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"
  attribute_condition                = "assertion.repository == '${var.repository}'"
  attribute_mapping = {
    "google.subject"        = "assertion.sub"
    "attribute.repository"  = "assertion.repository"
    "attribute.environment" = "assertion.environment"
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

locals {
  pool = "principalSet://iam.googleapis.com/projects/${var.project_number}/locations/global/workloadIdentityPools/${google_iam_workload_identity_pool.github.workload_identity_pool_id}"
  # The environment that builds, where images are made here, writes images and nothing else.
  accounts = merge({ deployer = var.environment }, var.builder_environment == null ? {} : { builder = var.builder_environment })
  deployer = "serviceAccount:${google_service_account.accounts["deployer"].email}"
}

resource "google_service_account" "accounts" {
  for_each = local.accounts

  project      = var.project
  account_id   = "redline-${each.key}"
  display_name = "GitHub environment ${each.value}"
}

resource "google_service_account_iam_member" "accounts" {
  for_each = local.accounts

  service_account_id = google_service_account.accounts[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "${local.pool}/attribute.environment/${each.value}"
}

resource "google_artifact_registry_repository_iam_member" "writers" {
  for_each = local.accounts # the deployer copies into the home what was built elsewhere

  project    = var.project
  location   = var.registry.location
  repository = var.registry.name
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.accounts[each.key].email}"
}

resource "google_artifact_registry_repository_iam_member" "readers" {
  for_each = toset(var.image_readers)

  project    = var.project
  location   = var.registry.location
  repository = var.registry.name
  role       = "roles/artifactregistry.reader"
  member     = each.key
}

# It may change what runs in the cluster, but grant nobody anything there: that is container.admin's.
resource "google_project_iam_member" "deployer" {
  for_each = toset(["roles/container.developer", "roles/containeranalysis.occurrences.editor"])

  project = var.project
  role    = each.key
  member  = local.deployer
}

# It attests what has passed all gates, by the key of the attestor.
resource "google_container_analysis_note_iam_member" "deployer" {
  project = var.project
  note    = var.attestor.note
  role    = "roles/containeranalysis.notes.attacher"
  member  = local.deployer
}

resource "google_binary_authorization_attestor_iam_member" "deployer" {
  project  = var.project
  attestor = var.attestor.name
  role     = "roles/binaryauthorization.attestorsViewer"
  member   = local.deployer
}

resource "google_kms_crypto_key_iam_member" "deployer" {
  crypto_key_id = var.attestor.key
  role          = "roles/cloudkms.signerVerifier"
  member        = local.deployer
}

# Where the integration test runs, it drops two versions and looks for their redline.
resource "google_storage_bucket_iam_member" "drops" {
  for_each = var.drops

  bucket = each.key
  role   = each.value
  member = local.deployer
}
