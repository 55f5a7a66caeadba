mock_provider "google" {}

variables {
  project         = "redline-test"
  project_number  = "1"
  domains         = ["redline.example.com"]
  allowed_ranges  = [for number in range(12) : "198.51.100.${number}/32"]
  static_location = "US"
  kms_key         = "projects/redline-test/locations/us/keyRings/common-redline/cryptoKeys/storage"
}

run "only_tls_1_3" {
  command = plan

  assert {
    condition     = google_compute_ssl_policy.edge.min_tls_version == "TLS_1_3" && google_compute_ssl_policy.edge.profile == "RESTRICTED"
    error_message = "The load balancer talks less than TLS 1.3."
  }
  assert {
    condition     = google_compute_global_forwarding_rule.edge.port_range == "443"
    error_message = "The load balancer listens on another port."
  }
}

run "the_policy_is_used" {
  command = apply

  assert {
    condition     = google_compute_target_https_proxy.edge.ssl_policy == google_compute_ssl_policy.edge.self_link
    error_message = "The TLS policy is not used."
  }
  assert {
    condition     = google_compute_backend_service.ingress.security_policy == google_compute_security_policy.edge.id
    error_message = "The address list is not used."
  }
}

run "only_known_addresses_within_their_rate" {
  command = plan

  assert {
    condition     = length([for rule in google_compute_security_policy.edge.rule : rule if rule.priority == 2147483647 && rule.action == "deny(403)"]) == 1
    error_message = "Unknown addresses come in."
  }
  assert {
    condition     = toset([for rule in google_compute_security_policy.edge.rule : rule.priority if rule.action == "throttle"]) == toset([1000, 1001])
    error_message = "Known addresses are not throttled, or more than 10 stand in one rule."
  }
  assert {
    condition     = length([for rule in google_compute_security_policy.edge.rule : rule if rule.action == "allow"]) == 0
    error_message = "An address comes in without a limit."
  }
}

run "the_cdn_has_static_assets_only" {
  command = plan

  assert {
    condition     = !google_compute_backend_service.ingress.enable_cdn && google_compute_backend_bucket.static.enable_cdn
    error_message = "Answers about documents would be cached by the CDN."
  }
  assert {
    condition     = google_storage_bucket.static.public_access_prevention == "enforced" && google_storage_bucket.static.encryption[0].default_kms_key_name == var.kms_key
    error_message = "The static assets are public or not encrypted with our key."
  }
}

run "everybody_is_refused" {
  command = plan
  variables {
    allowed_ranges = ["0.0.0.0/0"]
  }
  expect_failures = [var.allowed_ranges]
}
