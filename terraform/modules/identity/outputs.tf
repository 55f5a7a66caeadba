output "functions" {
  description = "Mail address of each function's service account."
  value       = { for function, account in google_service_account.functions : function => account.email }
}

output "dispatchers" {
  description = "Mail address of each dispatcher's service account."
  value       = { for function, account in google_service_account.dispatchers : function => account.email }
}
