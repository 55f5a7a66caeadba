output "us" {
  description = "What the overlay of this home needs."
  value       = module.us
}
