output "channels" {
  description = "Notification channels for what is not urgent."
  value       = [google_monitoring_notification_channel.mail.id]
}
