output "settings" {
  description = "Variables of the repository's environments."
  value = { for name, account in google_service_account.accounts : local.accounts[name] => merge({
    WORKLOAD_IDENTITY_PROVIDER = google_iam_workload_identity_pool_provider.github.name
    SERVICE_ACCOUNT            = account.email
    }, name == "builder" ? {
    REGISTRY = "${var.registry.location}-docker.pkg.dev"
    IMAGE    = "${var.registry.location}-docker.pkg.dev/${var.project}/${var.registry.name}/redline"
    } : {
    CLUSTER              = var.cluster.name
    LOCATION             = var.cluster.location
    ATTESTOR_KEY_VERSION = "${var.attestor.key}/cryptoKeyVersions/1"
  }) }
}
