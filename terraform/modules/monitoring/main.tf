# What the service promises, who is called when it is about to break the promise, and where logs go.

locals {
  # Multi-window, multi-burn-rate alerts: the Site Reliability Workbook, chapter 5, table 5-8. Each pairs a long window with
  # one of a twelfth, so that an alert ends soon after its cause. At rate 14.4 an hour takes 2% of 30 days' budget.
  burns = {
    fast   = { rate = 14.4, long = "3600s", short = "300s", severity = "CRITICAL" }
    medium = { rate = 6, long = "21600s", short = "1800s", severity = "CRITICAL" }
    slow   = { rate = 1, long = "259200s", short = "21600s", severity = "WARNING" }
  }
  objectives = {
    availability = { service = google_monitoring_slo.availability.name, title = "requests fail" }
    latency      = { service = google_monitoring_slo.latency.name, title = "requests are slow" }
  }
  alerts = { for pair in setproduct(keys(local.objectives), keys(local.burns)) : "${pair[0]}-${pair[1]}" => {
    objective = local.objectives[pair[0]], burn = local.burns[pair[1]], name = pair[0]
  } }
}

resource "google_monitoring_custom_service" "redline" {
  project      = var.project
  service_id   = "redline"
  display_name = "Redline"
}

resource "google_monitoring_slo" "availability" {
  project             = var.project
  service             = google_monitoring_custom_service.redline.service_id
  slo_id              = "availability"
  display_name        = "99.9% of requests are answered"
  goal                = 0.999
  rolling_period_days = 30

  request_based_sli {
    good_total_ratio {
      bad_service_filter   = "${local.requests} AND metric.label.response_code_class=\"500\""
      total_service_filter = local.requests
    }
  }
}

resource "google_monitoring_slo" "latency" {
  project             = var.project
  service             = google_monitoring_custom_service.redline.service_id
  slo_id              = "latency"
  display_name        = "95% of requests are answered within 200 ms"
  goal                = 0.95
  rolling_period_days = 30

  request_based_sli {
    distribution_cut {
      distribution_filter = "metric.type=\"loadbalancing.googleapis.com/https/total_latencies\" AND resource.type=\"https_lb_rule\""
      range {
        max = 200
      }
    }
  }
}

locals {
  requests = "metric.type=\"loadbalancing.googleapis.com/https/request_count\" AND resource.type=\"https_lb_rule\""
}

resource "google_monitoring_notification_channel" "pagerduty" {
  project      = var.project
  display_name = "PagerDuty"
  type         = "pagerduty"

  sensitive_labels {
    service_key = var.pagerduty_key
  }
}

resource "google_monitoring_notification_channel" "mail" {
  project      = var.project
  display_name = "Operators"
  type         = "email"
  labels       = { email_address = var.operators_mail }
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.alerts

  project      = var.project
  display_name = "${each.value.objective.title}: ${each.value.burn.rate} times as often as promised"
  combiner     = "AND"
  severity     = each.value.burn.severity

  dynamic "conditions" {
    for_each = { long = each.value.burn.long, short = each.value.burn.short }
    content {
      display_name = "over ${conditions.value}"
      condition_threshold {
        filter          = "select_slo_burn_rate(\"${each.value.objective.service}\", \"${conditions.value}\")"
        comparison      = "COMPARISON_GT"
        threshold_value = each.value.burn.rate
        duration        = "0s"
      }
    }
  }

  notification_channels = each.value.burn.severity == "CRITICAL" ? [
    google_monitoring_notification_channel.pagerduty.id, google_monitoring_notification_channel.mail.id
  ] : [google_monitoring_notification_channel.mail.id]

  documentation {
    content   = "What to do: docs/operate.md."
    mime_type = "text/markdown"
  }
}

# A queue whose oldest message waits too long: work is asked for and not done.
resource "google_monitoring_alert_policy" "queues" {
  project      = var.project
  display_name = "A queue is not emptied"
  combiner     = "OR"
  severity     = "CRITICAL"

  conditions {
    display_name = "The oldest message waits for ${var.oldest_message_seconds} s"
    condition_threshold {
      filter          = "metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.type=\"pubsub_subscription\""
      comparison      = "COMPARISON_GT"
      threshold_value = var.oldest_message_seconds
      duration        = "300s"
      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  conditions {
    display_name = "A message was given up"
    condition_threshold {
      filter          = "metric.type=\"pubsub.googleapis.com/subscription/dead_letter_message_count\" AND resource.type=\"pubsub_subscription\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_SUM"
      }
    }
  }

  notification_channels = [google_monitoring_notification_channel.pagerduty.id]
}

# Logs rest at home, under our key, for 30 days. They hold neither content nor paths.
resource "google_logging_project_bucket_config" "home" {
  project        = var.project
  location       = var.region
  bucket_id      = "redline"
  retention_days = 30

  cmek_settings {
    kms_key_name = var.kms_key
  }
}

# Warnings and worse are all kept; of what is below, the part that the level says.
resource "google_logging_project_sink" "home" {
  project                = var.project
  name                   = "redline-home"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.home.id}"
  filter                 = "resource.type=\"k8s_container\""
  unique_writer_identity = true

  dynamic "exclusions" {
    for_each = { INFO = var.log_sampling.info, DEBUG = var.log_sampling.debug }
    content {
      name   = "sample-${lower(exclusions.key)}"
      filter = "severity=${exclusions.key} AND NOT sample(insertId, ${exclusions.value})"
    }
  }
}
