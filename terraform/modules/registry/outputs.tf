output "repository" {
  description = "Location and name of the registry."
  value       = { location = var.location, name = google_artifact_registry_repository.images.repository_id }
}

output "attestor" {
  description = "The attestor of releases, its note and the full name of its key."
  value = {
    name = google_binary_authorization_attestor.released.name
    note = google_container_analysis_note.attestor.name
    key  = "${var.key_ring}/cryptoKeys/${google_kms_crypto_key.attestor.name}"
  }
}

output "stores" {
  description = "Where images rest, and under which key."
  value = {
    images = { location = google_artifact_registry_repository.images.location, kms_key = google_artifact_registry_repository.images.kms_key_name, public = false }
  }
}
