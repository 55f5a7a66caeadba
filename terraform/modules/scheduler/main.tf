# The clock of one home: each minute an event on the topic `clock` (events/ticks.py completes it by its publish time).

resource "google_cloud_scheduler_job" "clock" {
  project   = var.project
  name      = "${var.home}-clock"
  region    = var.region
  schedule  = "* * * * *"
  time_zone = "Etc/UTC"

  pubsub_target {
    topic_name = var.topic
    attributes = local.messaging.tick
    data       = base64encode("{}")
  }

  retry_config {
    retry_count = 0 # the next minute ticks anyhow
  }
}

locals {
  messaging = jsondecode(file("${path.module}/../../../schemas/generated/messaging.json"))
}

resource "google_pubsub_topic_iam_member" "scheduler" {
  project = var.project
  topic   = reverse(split("/", var.topic))[0]
  role    = "roles/pubsub.publisher"
  member  = "serviceAccount:service-${var.project_number}@gcp-sa-cloudscheduler.iam.gserviceaccount.com"
}
