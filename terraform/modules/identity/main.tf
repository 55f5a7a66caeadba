# One service account for each function and its dispatcher, bound to its Kubernetes account: no key exists.

locals {
  functions = toset(keys(var.subscriptions))
  bucket_grants = { for grant in flatten([
    for function, buckets in local.buckets : [
      for bucket, access in buckets : [
        for role in local.roles[access] : { function = function, bucket = bucket, role = role }
      ]
    ]
  ]) : "${grant.function} ${grant.bucket} ${grant.role}" => grant }
  topic_grants = { for grant in flatten([
    for function, topics in local.publishes : [for topic in topics : { function = function, topic = topic }]
  ]) : "${grant.function} ${grant.topic}" => grant }
  queue_grants = { for grant in flatten([
    for function, queues in var.subscriptions : [for key, name in queues : { function = function, key = key, name = name }]
  ]) : grant.key => grant }
}

resource "google_service_account" "functions" {
  for_each = local.functions

  project      = var.project
  account_id   = "redline-${each.key}"
  display_name = "Redline function ${each.key}"
}

resource "google_service_account_iam_member" "functions" {
  for_each = local.functions

  service_account_id = google_service_account.functions[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[${var.namespace}/redline-${each.key}]"
}

resource "google_storage_bucket_iam_member" "functions" {
  for_each = local.bucket_grants

  bucket = var.buckets[each.value.bucket]
  role   = each.value.role
  member = "serviceAccount:${google_service_account.functions[each.value.function].email}"
}

resource "google_pubsub_topic_iam_member" "functions" {
  for_each = local.topic_grants

  project = var.project
  topic   = var.topics[each.value.topic]
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.functions[each.value.function].email}"
}

# A dispatcher empties the queues of its function, and moves a message to the dead letters after its last attempt.
resource "google_pubsub_subscription_iam_member" "dispatchers" {
  for_each = local.queue_grants

  project      = var.project
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = "serviceAccount:${google_service_account.functions[each.value.function].email}"
}

resource "google_pubsub_topic_iam_member" "dispatchers" {
  for_each = local.functions

  project = var.project
  topic   = var.topics["dead-letters"]
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:${google_service_account.functions[each.key].email}"
}

# What is kept of a document is sealed by a key of its own, which this one wraps. Who works on `normalized` needs it.
resource "google_kms_crypto_key_iam_member" "functions" {
  for_each = toset([for function, buckets in local.buckets : function if contains(keys(buckets), "normalized")])

  crypto_key_id = var.documents_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${google_service_account.functions[each.key].email}"
}

# The cache lets in whoever has a token and this role; it is granted for a project, so a condition names the cache.
resource "google_project_iam_member" "cache" {
  for_each = local.functions

  project = var.project
  role    = "roles/redis.dbConnectionUser"
  member  = "serviceAccount:${google_service_account.functions[each.key].email}"

  condition {
    title      = "the cache of redline"
    expression = "resource.name == '${var.cache}'"
  }
}

# KEDA's operator asks Cloud Monitoring how much waits. Metrics have no finer grain than the project.
resource "google_service_account" "keda" {
  project      = var.project
  account_id   = "redline-keda"
  display_name = "KEDA asks for backlogs"
}

resource "google_service_account_iam_member" "keda" {
  service_account_id = google_service_account.keda.name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.project}.svc.id.goog[keda/keda-operator]"
}

resource "google_project_iam_member" "keda" {
  project = var.project
  role    = "roles/monitoring.viewer"
  member  = "serviceAccount:${google_service_account.keda.email}"
}

# Whoever may publish commands about documents may erase them: granted to a group of people, and to nobody else.
resource "google_pubsub_topic_iam_member" "custodians" {
  project = var.project
  topic   = var.topics["document-requests"]
  role    = "roles/pubsub.publisher"
  member  = "group:${var.custodians_group}"
}

# Who uses the pipeline drops documents, reads redlines and may ask for some. What it keeps for itself they do not see.
resource "google_storage_bucket_iam_member" "users" {
  for_each = var.users_group == null ? {} : { uploads = "roles/storage.objectUser", redlines = "roles/storage.objectViewer" }

  bucket = var.buckets[each.key]
  role   = each.value
  member = "group:${var.users_group}"
}

resource "google_pubsub_topic_iam_member" "users" {
  count = var.users_group == null ? 0 : 1

  project = var.project
  topic   = var.topics["redline-requests"]
  role    = "roles/pubsub.publisher"
  member  = "group:${var.users_group}"
}
