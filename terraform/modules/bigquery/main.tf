# The audit trail of one home: the table of schemas/, the views over it, and the audit logs of the buckets beside it.

locals {
  schemas = "${path.module}/../../../schemas"
  columns = jsondecode(file("${local.schemas}/generated/bigquery/audit.json"))
}

resource "google_bigquery_dataset" "audit" {
  project                    = var.project
  dataset_id                 = "${var.home}_audit"
  location                   = var.location
  description                = "What happened to documents: references, no content and no path."
  delete_contents_on_destroy = false
  max_time_travel_hours      = "168"

  default_encryption_configuration {
    kms_key_name = var.kms_key
  }

  labels = { home = var.home }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_bigquery_table" "events" {
  project                  = var.project
  dataset_id               = google_bigquery_dataset.audit.dataset_id
  table_id                 = "events_raw"
  schema                   = jsonencode(local.columns)
  clustering               = ["tenant", "document_id", "event_type", "event_id"]
  require_partition_filter = false # who touched a document is asked for without knowing when
  deletion_protection      = true

  time_partitioning {
    type  = "DAY"
    field = "event_day"
  }

  encryption_configuration {
    kms_key_name = var.kms_key
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_bigquery_table" "view" {
  project             = var.project
  dataset_id          = google_bigquery_dataset.audit.dataset_id
  table_id            = "events"
  description         = "One row per event: a redelivery may have recorded it again."
  deletion_protection = false

  view {
    query = replace(
      file("${local.schemas}/bigquery/events.sql"), "audit.events_raw",
      "`${var.project}.${google_bigquery_dataset.audit.dataset_id}.${google_bigquery_table.events.table_id}`"
    )
    use_legacy_sql = false
  }
}

# An auditor sees the rows of the tenants that were named for their group, and no others.
resource "google_bigquery_row_access_policy" "auditors" {
  for_each = var.auditors

  project          = var.project
  dataset_id       = google_bigquery_dataset.audit.dataset_id
  table_id         = google_bigquery_table.events.table_id
  policy_id        = "auditors_${replace(each.key, "/[^a-z0-9]/", "_")}"
  filter_predicate = each.value == "*" ? "TRUE" : "tenant = '${each.value}'"
  grantees         = ["group:${each.key}"]
}

resource "google_bigquery_dataset_iam_member" "auditors" {
  for_each = var.auditors

  project    = var.project
  dataset_id = google_bigquery_dataset.audit.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "group:${each.key}"
}

# The audit function appends, and can neither run a query nor delete: it has no right to start a job.
resource "google_project_iam_custom_role" "appender" {
  project     = var.project
  role_id     = "redlineAuditAppender_${var.home}"
  title       = "Appends rows to the audit trail, ${var.home}"
  permissions = ["bigquery.tables.get", "bigquery.tables.updateData"]
}

resource "google_bigquery_table_iam_member" "appender" {
  project    = var.project
  dataset_id = google_bigquery_dataset.audit.dataset_id
  table_id   = google_bigquery_table.events.table_id
  role       = google_project_iam_custom_role.appender.name
  member     = "serviceAccount:${var.audit_account}"
}

# Who read or wrote an object: Cloud Audit Logs of the buckets. They name objects, so they hold paths, and go after
# `access_log_days`; only auditors of all tenants see them.
resource "google_bigquery_dataset" "access" {
  project                         = var.project
  dataset_id                      = "${var.home}_access"
  location                        = var.location
  description                     = "DATA_READ and DATA_WRITE audit logs of the buckets."
  delete_contents_on_destroy      = false
  default_partition_expiration_ms = var.access_log_days * 86400000
  max_time_travel_hours           = "48"

  default_encryption_configuration {
    kms_key_name = var.kms_key
  }

  labels = { home = var.home }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_bigquery_dataset_iam_member" "access_auditors" {
  for_each = { for group, tenant in var.auditors : group => tenant if tenant == "*" }

  project    = var.project
  dataset_id = google_bigquery_dataset.access.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = "group:${each.key}"
}

# Reads and writes of objects are logged: Cloud Storage does not by itself.
resource "google_project_iam_audit_config" "storage" {
  project = var.project
  service = "storage.googleapis.com"

  audit_log_config {
    log_type = "DATA_READ"
  }

  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

resource "google_logging_project_sink" "access" {
  project                = var.project
  name                   = "${var.home}-bucket-access"
  destination            = "bigquery.googleapis.com/projects/${var.project}/datasets/${google_bigquery_dataset.access.dataset_id}"
  unique_writer_identity = true
  filter = join(" AND ", [
    "logName=\"projects/${var.project}/logs/cloudaudit.googleapis.com%2Fdata_access\"",
    "resource.type=\"gcs_bucket\"",
    "resource.labels.bucket_name=(${join(" OR ", [for name in var.buckets : "\"${name}\""])})",
  ])

  bigquery_options {
    use_partitioned_tables = true
  }
}

resource "google_bigquery_dataset_iam_member" "access_writer" {
  project    = var.project
  dataset_id = google_bigquery_dataset.access.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = google_logging_project_sink.access.writer_identity
}

# Who was at which document. Its table is Cloud Logging's, which makes it with the first entry: until then no view can be made.
resource "google_bigquery_table" "access" {
  count = var.access_logged ? 1 : 0

  project             = var.project
  dataset_id          = google_bigquery_dataset.audit.dataset_id
  table_id            = "access"
  description         = "Who read, wrote or removed which object; only auditors of all tenants can read what is beneath."
  deletion_protection = false

  view {
    query = replace(replace(
      file("${local.schemas}/bigquery/access.sql"),
      "FROM access.", "FROM `${var.project}`.${google_bigquery_dataset.access.dataset_id}."
    ), "FROM audit.", "FROM `${var.project}`.${google_bigquery_table.view.dataset_id}.")
    use_legacy_sql = false
  }
}

# A copy each day in the other region of the home, where there is one.
resource "google_bigquery_dataset" "recovery" {
  count = var.recovery == null ? 0 : 1

  project                    = var.project
  dataset_id                 = "${var.home}_audit_recovery"
  location                   = var.recovery.location
  delete_contents_on_destroy = false

  default_encryption_configuration {
    kms_key_name = var.recovery.kms_key
  }

  labels = { home = var.home }
}

# The copy is made by an account of its own, which reads the trail and writes the copy.
resource "google_service_account" "copier" {
  count = var.recovery == null ? 0 : 1

  project      = var.project
  account_id   = "${var.home}-audit-copier"
  display_name = "Copies the audit trail to ${var.recovery.location}"
}

locals {
  copier = one([for account in google_service_account.copier : "${account.account_id}@${var.project}.iam.gserviceaccount.com"])
}

resource "google_project_iam_custom_role" "copier" {
  count = var.recovery == null ? 0 : 1

  project     = var.project
  role_id     = "redlineAuditCopier_${var.home}"
  title       = "Starts the copy of the audit trail, ${var.home}"
  permissions = ["bigquery.jobs.create", "bigquery.transfers.get", "bigquery.transfers.update"]
}

resource "google_project_iam_member" "copier" {
  count = var.recovery == null ? 0 : 1

  project = var.project
  role    = google_project_iam_custom_role.copier[0].name
  member  = "serviceAccount:${local.copier}"
}

resource "google_bigquery_dataset_iam_member" "copier" {
  for_each = var.recovery == null ? {} : {
    (google_bigquery_dataset.audit.dataset_id)       = "roles/bigquery.dataViewer"
    (google_bigquery_dataset.recovery[0].dataset_id) = "roles/bigquery.dataOwner"
  }

  project    = var.project
  dataset_id = each.key
  role       = each.value
  member     = "serviceAccount:${local.copier}"
}

# Without a policy of its own it would copy the rows that it may see: none.
resource "google_bigquery_row_access_policy" "copier" {
  count = var.recovery == null ? 0 : 1

  project          = var.project
  dataset_id       = google_bigquery_dataset.audit.dataset_id
  table_id         = google_bigquery_table.events.table_id
  policy_id        = "copier"
  filter_predicate = "TRUE"
  grantees         = ["serviceAccount:${local.copier}"]
}

resource "google_bigquery_data_transfer_config" "recovery" {
  count = var.recovery == null ? 0 : 1

  project                = var.project
  display_name           = "${var.home} audit trail to ${var.recovery.location}"
  data_source_id         = "cross_region_copy"
  location               = var.recovery.location
  destination_dataset_id = google_bigquery_dataset.recovery[0].dataset_id
  schedule               = "every 24 hours"
  service_account_name   = local.copier
  params = {
    source_project_id           = var.project
    source_dataset_id           = google_bigquery_dataset.audit.dataset_id
    overwrite_destination_table = "true"
  }
}
