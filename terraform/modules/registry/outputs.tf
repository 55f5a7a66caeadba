output "repository" {
  description = "Location and name of the registry."
  value       = { location = var.location, name = google_artifact_registry_repository.images.repository_id }
}
