mock_provider "google" {}

variables {
  project       = "redline-test"
  home          = "eu"
  location      = "europe-west1"
  kms_key       = "projects/redline-test/locations/europe-west1/keyRings/eu-redline/cryptoKeys/bigquery"
  audit_account = "eu-audit@redline-test.iam.gserviceaccount.com"
  auditors      = { "all@example.com" = "*", "acme@example.com" = "acme" }
  buckets       = ["t-uploads", "t-redlines"]
  recovery = {
    location = "europe-west4"
    kms_key  = "projects/redline-test/locations/europe-west4/keyRings/eu-redline/cryptoKeys/bigquery"
  }
}

run "the_trail_stays_at_home_and_encrypted" {
  command = plan

  assert {
    condition     = google_bigquery_dataset.audit.location == "europe-west1" && google_bigquery_dataset.access.location == "europe-west1" && google_bigquery_dataset.recovery[0].location == "europe-west4"
    error_message = "A dataset lies outside of its home."
  }
  assert {
    condition = alltrue([for dataset in [google_bigquery_dataset.audit, google_bigquery_dataset.access] :
      dataset.default_encryption_configuration[0].kms_key_name == var.kms_key
    ]) && google_bigquery_table.events.encryption_configuration[0].kms_key_name == var.kms_key
    error_message = "A dataset is not encrypted with the key of its home."
  }
  assert {
    condition     = google_bigquery_dataset.recovery[0].default_encryption_configuration[0].kms_key_name == var.recovery.kms_key
    error_message = "The copy is not encrypted with a key of its region."
  }
}

run "the_table_is_that_of_schemas" {
  command = plan

  assert {
    condition     = google_bigquery_table.events.time_partitioning[0].type == "DAY" && google_bigquery_table.events.time_partitioning[0].field == "event_day"
    error_message = "The table is not partitioned by the day of the event."
  }
  assert {
    condition     = google_bigquery_table.events.clustering == tolist(["tenant", "document_id", "event_type", "event_id"])
    error_message = "The table is not clustered by what is asked for."
  }
  assert {
    condition     = length(setsubtract(google_bigquery_table.events.clustering, [for column in local.columns : column.name])) == 0
    error_message = "The table is clustered by a column that it has not."
  }
  assert {
    condition     = strcontains(google_bigquery_table.view.view[0].query, "`redline-test.eu_audit.events_raw`") && !strcontains(google_bigquery_table.view.view[0].query, "FROM audit.")
    error_message = "The view reads another table."
  }
  assert {
    condition     = google_bigquery_table.events.deletion_protection && !google_bigquery_dataset.audit.delete_contents_on_destroy
    error_message = "The trail could be deleted."
  }
}

run "auditors_see_their_tenants_rows" {
  command = plan

  assert {
    condition = { for policy in google_bigquery_row_access_policy.auditors : one(policy.grantees) => policy.filter_predicate } == {
      "group:all@example.com" = "TRUE", "group:acme@example.com" = "tenant = 'acme'"
    }
    error_message = "An auditor sees rows of another tenant."
  }
  assert {
    condition     = [for grant in google_bigquery_dataset_iam_member.access_auditors : grant.member] == ["group:all@example.com"]
    error_message = "An auditor of one tenant sees paths of others."
  }
  assert {
    condition     = toset(google_project_iam_custom_role.appender.permissions) == toset(["bigquery.tables.get", "bigquery.tables.updateData"])
    error_message = "The audit function may do more than append."
  }
}

run "reads_and_writes_of_objects_are_kept_for_a_month" {
  command = plan

  assert {
    condition     = google_bigquery_dataset.access.default_partition_expiration_ms == 1814400000 && google_logging_project_sink.access.bigquery_options[0].use_partitioned_tables
    error_message = "Audit logs, which hold paths, are kept longer than a month."
  }
  assert {
    condition     = strcontains(google_logging_project_sink.access.filter, "(\"t-uploads\" OR \"t-redlines\")") && strcontains(google_logging_project_sink.access.filter, "data_access")
    error_message = "The access to a bucket is not logged."
  }
  assert {
    condition     = toset([for config in google_project_iam_audit_config.storage.audit_log_config : config.log_type]) == toset(["DATA_READ", "DATA_WRITE"])
    error_message = "Cloud Storage does not log who reads and writes."
  }
}

run "an_injection_is_refused" {
  command = plan
  variables {
    auditors = { "x@example.com" = "a' OR TRUE --" }
  }
  expect_failures = [var.auditors]
}

run "the_copy_is_whole_and_made_by_nobody_else" {
  command = plan

  assert {
    condition     = google_bigquery_data_transfer_config.recovery[0].service_account_name == "eu-audit-copier@redline-test.iam.gserviceaccount.com" && google_bigquery_data_transfer_config.recovery[0].location == "europe-west4"
    error_message = "Somebody else copies the trail, or elsewhere."
  }
  assert {
    condition     = google_bigquery_row_access_policy.copier[0].filter_predicate == "TRUE" && length(google_bigquery_row_access_policy.copier[0].grantees) == 1
    error_message = "The copy would lack rows."
  }
  assert {
    condition     = { for dataset, grant in google_bigquery_dataset_iam_member.copier : dataset => grant.role } == { eu_audit = "roles/bigquery.dataViewer", eu_audit_recovery = "roles/bigquery.dataOwner" }
    error_message = "The copier may change the trail."
  }
}

run "no_copy_where_there_is_nothing_to_recover_to" {
  command = plan
  variables {
    recovery = null
  }
  assert {
    condition     = length(google_bigquery_data_transfer_config.recovery) + length(google_bigquery_dataset_iam_member.copier) + length(google_service_account.copier) == 0
    error_message = "A copy is made of a home that has one region."
  }
}

run "who_was_at_a_document_is_a_view_over_this_homes_logs" {
  command = plan
  variables {
    access_logged = true
  }
  assert {
    condition = (
      strcontains(google_bigquery_table.access[0].view[0].query, "FROM `redline-test`.eu_access.cloudaudit_googleapis_com_data_access")
      && strcontains(google_bigquery_table.access[0].view[0].query, "FROM `redline-test`.eu_audit.events")
      && !strcontains(google_bigquery_table.access[0].view[0].query, "FROM audit.") && !strcontains(google_bigquery_table.access[0].view[0].query, "FROM access.")
    )
    error_message = "The view reads another home's logs."
  }
}
