output "address" {
  description = "Host and port, for REDLINE_REDIS_URL (rediss://:AUTH@HOST:PORT)."
  value       = "${google_redis_instance.cache.host}:${google_redis_instance.cache.port}"
}
