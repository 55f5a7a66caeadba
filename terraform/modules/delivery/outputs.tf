output "settings" {
  description = "Variables of the repository's environments."
  value = { for name, account in google_service_account.accounts : local.accounts[name] => {
    WORKLOAD_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github.name
    SERVICE_ACCOUNT            = account.email
  } }
}
