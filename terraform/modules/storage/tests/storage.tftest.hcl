mock_provider "google" {}

variables {
  project        = "redline-test"
  home           = "eu"
  location       = "EU"
  data_locations = ["EUROPE-WEST1", "EUROPE-WEST4"]
  bucket_prefix  = "redline-test-eu-"
  kms_key        = "projects/redline-test/locations/europe/keyRings/eu-redline/cryptoKeys/storage"
  uploads_topic  = "projects/redline-test/topics/eu-uploads"
}

run "nothing_is_public" {
  command = plan

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.public_access_prevention == "enforced"])
    error_message = "A bucket could be made public."
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.uniform_bucket_level_access])
    error_message = "A bucket has access lists on objects."
  }
}

run "everything_is_encrypted_with_our_key" {
  command = plan

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.encryption[0].default_kms_key_name == var.kms_key])
    error_message = "A bucket is not encrypted with the key of its home."
  }
}

run "data_stays_at_home" {
  command = plan

  assert {
    condition = alltrue([for bucket in google_storage_bucket.buckets :
      bucket.location == "EU" && toset(bucket.custom_placement_config[0].data_locations) == toset(["EUROPE-WEST1", "EUROPE-WEST4"])
    ])
    error_message = "A bucket lies outside of its home."
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.rpo == "ASYNC_TURBO"])
    error_message = "A bucket is not replicated within 15 minutes."
  }
}

run "nothing_is_lost_by_a_slip" {
  command = plan

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.versioning[0].enabled])
    error_message = "A bucket keeps no versions."
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.soft_delete_policy[0].retention_duration_seconds == 604800])
    error_message = "What is deleted cannot be brought back for a week."
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : !bucket.force_destroy])
    error_message = "A bucket with objects in it could be destroyed."
  }
  assert {
    condition = alltrue(flatten([for name, bucket in google_storage_bucket.buckets : [
      for rule in bucket.lifecycle_rule : name == "records" && alltrue([for when in rule.condition : when.with_state == "ARCHIVED"])
      if anytrue([for action in rule.action : action.type == "Delete"])
    ]]))
    error_message = "Age deletes something other than old states of records."
  }
}

run "documents_grow_cold_by_type" {
  command = plan

  assert {
    condition = jsonencode({
      for rule in [for rule in google_storage_bucket.buckets["redlines"].lifecycle_rule : rule if one(rule.action).type == "SetStorageClass"] :
      one(rule.action).storage_class => one(rule.condition).age if contains(one(rule.condition).matches_suffix, ".docx")
    }) == jsonencode({ NEARLINE = 90, COLDLINE = 365, ARCHIVE = 1095 })
    error_message = "Word files do not move from hot to cold as they should."
  }
  assert {
    condition = length([
      for rule in google_storage_bucket.buckets["records"].lifecycle_rule : rule if one(rule.action).type == "SetStorageClass"
    ]) == 0
    error_message = "Records, which are read with every event, would grow cold."
  }
}

run "uploads_are_announced" {
  command = plan

  assert {
    condition = (
      google_storage_notification.uploads.topic == var.uploads_topic
      && toset(google_storage_notification.uploads.event_types) == toset(["OBJECT_FINALIZE", "OBJECT_DELETE"])
      && google_storage_notification.uploads.payload_format == "JSON_API_V1"
    )
    error_message = "Uploads are not announced as normalize expects them."
  }
}

run "one_region_where_recovery_is_not_needed" {
  command = plan
  variables {
    location       = "us-central1"
    data_locations = []
  }
  assert {
    condition     = alltrue([for bucket in google_storage_bucket.buckets : bucket.location == "US-CENTRAL1" || bucket.location == "us-central1"])
    error_message = "A bucket lies outside of its region."
  }
}

run "an_erasure_ends_within_a_month" {
  command = plan
  variables {
    soft_delete_days = 90
  }
  expect_failures = [var.soft_delete_days]
}

run "a_key_is_needed" {
  command = plan
  variables {
    kms_key = ""
  }
  expect_failures = [var.kms_key]
}
