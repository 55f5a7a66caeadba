mock_provider "google" {}

variables {
  project          = "redline-test"
  documents_key    = "projects/redline-test/locations/europe/keyRings/eu-redline/cryptoKeys/documents"
  cache            = "projects/redline-test/locations/europe-west1/clusters/eu-redline"
  custodians_group = "custodians@example.com"
  buckets = {
    uploads = "t-uploads", normalized = "t-normalized", records = "t-records", redlines = "t-redlines", dead-letters = "t-dead-letters"
  }
  topics = {
    documents = "eu-documents", redline-pairs = "eu-redline-pairs", redline-requests = "eu-redline-requests", redlines = "eu-redlines", dead-letters = "eu-dead-letters", document-requests = "eu-document-requests"
  }
  subscriptions = {
    normalize   = { uploads-normalize = "eu-uploads-normalize" }
    plan        = { documents-plan = "eu-documents-plan", redline-requests-plan = "eu-redline-requests-plan" }
    redline     = { redline-pairs-redline = "eu-redline-pairs-redline" }
    render      = { redlines-render = "eu-redlines-render" }
    join        = { redlines-join = "eu-redlines-join" }
    index       = { documents-index = "eu-documents-index" }
    audit       = { documents-audit = "eu-documents-audit" }
    erase       = { document-requests-erase = "eu-document-requests-erase" }
    deadletters = { dead-letters-deadletters = "eu-dead-letters-deadletters" }
  }
}

run "an_account_for_each" {
  command = plan

  assert {
    condition     = google_service_account.functions["redline"].account_id == "redline-redline" && length(google_service_account.functions) == 9
    error_message = "A function has no account of its own."
  }
  assert {
    condition     = alltrue([for account in google_service_account.functions : length(account.account_id) <= 30])
    error_message = "The name of an account is too long."
  }
  assert {
    condition = (
      google_service_account_iam_member.functions["plan"].member == "serviceAccount:redline-test.svc.id.goog[redline/redline-plan]"
      && google_service_account_iam_member.functions["plan"].role == "roles/iam.workloadIdentityUser"
    )
    error_message = "The Kubernetes account is not the only one that acts as the function."
  }
}

run "no_wide_role" {
  command = plan

  assert {
    condition = alltrue([for grant in google_storage_bucket_iam_member.functions :
      contains(["roles/storage.objectViewer", "roles/storage.objectCreator", "roles/storage.objectUser"], grant.role)
    ])
    error_message = "A function may do more than handle objects."
  }
  assert {
    condition = alltrue([for grant in concat(values(google_pubsub_topic_iam_member.functions), values(google_pubsub_topic_iam_member.dispatchers)) :
      grant.role == "roles/pubsub.publisher"
    ])
    error_message = "Somebody may do more on a topic than publish."
  }
  assert {
    condition     = alltrue([for grant in google_pubsub_subscription_iam_member.dispatchers : grant.role == "roles/pubsub.subscriber"])
    error_message = "A dispatcher may do more on a queue than pull."
  }
  assert {
    condition     = length([for grant in local.bucket_grants : grant if grant.function == "audit"]) == 0
    error_message = "The audit function reaches documents."
  }
  assert {
    condition     = alltrue([for grant in local.bucket_grants : grant.bucket == "records" || grant.role != "roles/storage.objectUser" if grant.function == "join"])
    error_message = "The join may replace results."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.custodians.member == "group:custodians@example.com" && alltrue([for grant in local.topic_grants : grant.topic != "document-requests"])
    error_message = "Somebody else may erase documents."
  }
}

run "the_project_as_a_whole_is_hardly_anybodys" {
  command = plan

  assert {
    condition     = alltrue([for grant in google_project_iam_member.cache : grant.role == "roles/redis.dbConnectionUser" && one(grant.condition).expression == "resource.name == '${var.cache}'"])
    error_message = "A function reaches another cache, or may do more with ours than connect."
  }
  assert {
    condition     = google_project_iam_member.keda.role == "roles/monitoring.viewer" && google_service_account_iam_member.keda.member == "serviceAccount:redline-test.svc.id.goog[keda/keda-operator]"
    error_message = "KEDA cannot ask for backlogs, or may do more."
  }
}

run "who_handles_documents_opens_them_and_nobody_else" {
  command = plan

  assert {
    condition     = !contains(keys(google_kms_crypto_key_iam_member.functions), "audit") && !contains(keys(google_kms_crypto_key_iam_member.functions), "join") && contains(keys(google_kms_crypto_key_iam_member.functions), "redline")
    error_message = "A function that has no document to do may open what is sealed, or one that has may not."
  }
  assert {
    condition     = alltrue([for grant in google_kms_crypto_key_iam_member.functions : grant.crypto_key_id == var.documents_key && grant.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"])
    error_message = "A function uses another key, or may do more with it."
  }
}

run "users_see_what_they_gave_and_what_came_of_it" {
  command = plan
  variables {
    users_group = "users@example.com"
  }
  assert {
    condition     = { for grant in google_storage_bucket_iam_member.users : grant.bucket => grant.role } == { t-uploads = "roles/storage.objectUser", t-redlines = "roles/storage.objectViewer" }
    error_message = "Users see more than their documents, or may change results."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.users[0].topic == "eu-redline-requests"
    error_message = "Users may say other things than requests."
  }
}
