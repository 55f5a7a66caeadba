# The buckets of one home. Names end as the settings of the functions call them (REDLINE_UPLOADS_BUCKET, ...).

locals {
  buckets = toset(["uploads", "normalized", "records", "redlines", "dead-letters"])
  # Records are small, read with every event, and written anew: they stay hot. So do dead letters, which go soon.
  tiered    = toset(["uploads", "normalized", "redlines"])
  dual      = length(var.data_locations) == 2
  messaging = jsondecode(file("${path.module}/../../../schemas/generated/messaging.json"))
}

resource "google_storage_bucket" "buckets" {
  for_each = local.buckets

  project  = var.project
  name     = "${var.bucket_prefix}${each.key}"
  location = var.location
  rpo      = local.dual ? "ASYNC_TURBO" : null # the other region has every object within 15 minutes

  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false

  dynamic "custom_placement_config" {
    for_each = local.dual ? [var.data_locations] : []
    content {
      data_locations = custom_placement_config.value
    }
  }

  versioning {
    enabled = true # a version of a document is a generation of an object
  }

  soft_delete_policy {
    retention_duration_seconds = var.soft_delete_days * 86400
  }

  encryption {
    default_kms_key_name = var.kms_key
  }

  # Hot to cold, by type of document. No live object is ever deleted by age: retention is `redline retention`,
  # which spares what is on hold and says in the audit trail what it erased.
  dynamic "lifecycle_rule" {
    for_each = contains(local.tiered, each.key) ? flatten([
      for type, tier in var.tiers : [for class, days in tier.days : { class = class, days = days, suffixes = tier.suffixes }]
    ]) : []
    content {
      action {
        type          = "SetStorageClass"
        storage_class = lifecycle_rule.value.class
      }
      condition {
        age            = lifecycle_rule.value.days
        matches_suffix = lifecycle_rule.value.suffixes
        with_state     = "ANY"
      }
    }
  }

  # Of a record only its last state counts; older ones are kept for a month to look into mistakes.
  dynamic "lifecycle_rule" {
    for_each = each.key == "records" ? [true] : []
    content {
      action {
        type = "Delete"
      }
      condition {
        days_since_noncurrent_time = 30
        num_newer_versions         = 1
        with_state                 = "ARCHIVED"
      }
    }
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 1
    }
  }

  labels = { home = var.home }

  lifecycle {
    prevent_destroy = true
  }
}

# Every upload and deletion is said on the topic `uploads`.
resource "google_storage_notification" "uploads" {
  bucket         = google_storage_bucket.buckets["uploads"].name
  topic          = var.uploads_topic
  payload_format = "JSON_API_V1"
  event_types    = local.messaging.notifications
}
