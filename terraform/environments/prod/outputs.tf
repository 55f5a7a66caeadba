output "homes" {
  description = "What the overlay of each home needs, and where its data rests."
  value       = module.home
}
