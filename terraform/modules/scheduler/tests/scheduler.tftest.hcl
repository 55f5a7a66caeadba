mock_provider "google" {}

variables {
  project        = "redline-test"
  project_number = "1"
  home           = "eu"
  region         = "europe-west1"
  topic          = "projects/redline-test/topics/eu-clock"
}

run "the_clock_ticks_each_minute" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.clock.schedule == "* * * * *" && google_cloud_scheduler_job.clock.region == "europe-west1"
    error_message = "The clock does not tick each minute, or elsewhere."
  }
  assert {
    condition = (
      google_cloud_scheduler_job.clock.pubsub_target[0].topic_name == var.topic
      && google_cloud_scheduler_job.clock.pubsub_target[0].attributes == tomap({ "ce-type" = "dev.redline.clock.ticked.v1" })
    )
    error_message = "Nobody would take the tick for one."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.scheduler.topic == "eu-clock" && google_pubsub_topic_iam_member.scheduler.role == "roles/pubsub.publisher"
    error_message = "Cloud Scheduler may not publish on the topic."
  }
}
