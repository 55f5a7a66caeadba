output "us" {
  description = "What the overlay of this home needs."
  value       = module.us
}

output "eu" {
  description = "What the overlay of this home needs."
  value       = module.eu
}
