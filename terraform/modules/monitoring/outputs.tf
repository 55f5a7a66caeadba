output "channels" {
  description = "Notification channels for what is not urgent."
  value       = [google_monitoring_notification_channel.mail.id]
}

output "stores" {
  description = "Where logs rest, and under which key."
  value = {
    logs = { location = google_logging_project_bucket_config.home.location, kms_key = google_logging_project_bucket_config.home.cmek_settings[0].kms_key_name, public = false }
  }
}
