mock_provider "google" {}

variables {
  project        = "redline-test"
  region         = "europe-west1"
  kms_key        = "projects/redline-test/locations/europe-west1/keyRings/eu-redline/cryptoKeys/logging"
  pagerduty_key  = "only for this test"
  operators_mail = "operators@example.com"
}

run "the_promise_is_the_one_we_make" {
  command = apply

  assert {
    condition     = google_monitoring_slo.availability.goal == 0.999 && google_monitoring_slo.latency.goal == 0.95 && google_monitoring_slo.latency.request_based_sli[0].distribution_cut[0].range[0].max == 200
    error_message = "The objectives are not 99.9% and 95% within 200 ms."
  }
  assert {
    condition     = length(google_monitoring_alert_policy.burn) == 6 && alltrue([for alert in google_monitoring_alert_policy.burn : alert.combiner == "AND" && length(alert.conditions) == 2])
    error_message = "An objective has no alerts over pairs of windows."
  }
  assert {
    condition     = alltrue([for condition in google_monitoring_alert_policy.burn["availability-fast"].conditions : condition.condition_threshold[0].threshold_value == 14.4])
    error_message = "A fast burn is noticed at another rate."
  }
  assert {
    condition     = contains(google_monitoring_alert_policy.burn["availability-fast"].notification_channels, google_monitoring_notification_channel.pagerduty.id) && google_monitoring_notification_channel.pagerduty.type == "pagerduty"
    error_message = "Nobody is called."
  }
}

run "logs_stay_at_home_and_are_sampled_by_level" {
  command = plan

  assert {
    condition     = google_logging_project_bucket_config.home.location == "europe-west1" && google_logging_project_bucket_config.home.cmek_settings[0].kms_key_name == var.kms_key
    error_message = "Logs lie elsewhere, or are not encrypted with our key."
  }
  assert {
    condition     = toset([for each in google_logging_project_sink.home.exclusions : each.filter]) == toset(["severity=INFO AND NOT sample(insertId, 0.25)", "severity=DEBUG AND NOT sample(insertId, 0.01)"])
    error_message = "A level is sampled that should not be, or otherwise."
  }
}
