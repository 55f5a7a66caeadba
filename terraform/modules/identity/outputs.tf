output "functions" {
  description = "Mail address of each function's service account."
  value       = { for function, account in google_service_account.functions : function => account.email }
}
