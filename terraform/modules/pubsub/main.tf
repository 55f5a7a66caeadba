# Topics and subscriptions of one home, from the routing table of events/ (schemas/generated/messaging.json).

locals {
  messaging     = jsondecode(file("${path.module}/../../../schemas/generated/messaging.json"))
  subscriptions = { for each in local.messaging.subscriptions : each.name => each }
  # Whatever is lost on its way to the dead letters' own function stays in its queue: there is nowhere further.
  with_dead_letters = { for name, each in local.subscriptions : name => each if each.max_delivery_attempts != null }
  service_agent     = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "topics" {
  for_each = toset(local.messaging.topics)

  project                    = var.project
  name                       = "${var.prefix}${each.key}"
  kms_key_name               = var.kms_key
  message_retention_duration = "${var.retention_days * 86400}s" # to go back to: `docs/disaster-recovery.md`

  message_storage_policy {
    allowed_persistence_regions = var.regions
    enforce_in_transit          = true # a publisher elsewhere is refused, not forwarded
  }

  labels = { home = var.home }
}

resource "google_pubsub_subscription" "subscriptions" {
  for_each = local.subscriptions

  project                    = var.project
  name                       = "${var.prefix}${each.key}"
  topic                      = google_pubsub_topic.topics[each.value.topic].id
  filter                     = each.value.filter
  ack_deadline_seconds       = each.value.ack_deadline_seconds
  message_retention_duration = "${var.retention_days * 86400}s"
  retain_acked_messages      = false

  expiration_policy {
    ttl = "" # never, however long nobody pulls
  }

  retry_policy {
    minimum_backoff = each.value.minimum_backoff
    maximum_backoff = each.value.maximum_backoff
  }

  dynamic "dead_letter_policy" {
    for_each = each.value.max_delivery_attempts == null ? [] : [each.value.max_delivery_attempts]
    content {
      dead_letter_topic     = google_pubsub_topic.topics["dead-letters"].id
      max_delivery_attempts = dead_letter_policy.value
    }
  }

  labels = { home = var.home, function = each.value.function }
}

# Pub/Sub moves a message by itself: it publishes to the dead letters and acks on the subscription.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  project = var.project
  topic   = google_pubsub_topic.topics["dead-letters"].name
  role    = "roles/pubsub.publisher"
  member  = local.service_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = local.with_dead_letters

  project      = var.project
  subscription = google_pubsub_subscription.subscriptions[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.service_agent
}

# The buckets' notifications come from Cloud Storage's own account.
resource "google_pubsub_topic_iam_member" "uploads" {
  project = var.project
  topic   = google_pubsub_topic.topics["uploads"].name
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:service-${var.project_number}@gs-project-accounts.iam.gserviceaccount.com"
}
