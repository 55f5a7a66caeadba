# What the world sees: one load balancer with TLS 1.3, an address list and a rate limit; static assets by CDN.

resource "google_compute_global_address" "edge" {
  project = var.project
  name    = "redline-edge"
}

resource "google_compute_managed_ssl_certificate" "edge" {
  project = var.project
  name    = "redline-edge"

  managed {
    domains = var.domains
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_compute_ssl_policy" "edge" {
  project         = var.project
  name            = "redline-edge"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_3"
}

resource "google_compute_security_policy" "edge" {
  project = var.project
  name    = "redline-edge"
  type    = "CLOUD_ARMOR"

  # A rule takes 10 ranges at most.
  dynamic "rule" {
    for_each = { for number, ranges in chunklist(var.allowed_ranges, 10) : number => ranges }
    content {
      description = "Known addresses, each within its rate"
      action      = "throttle"
      priority    = 1000 + rule.key

      match {
        versioned_expr = "SRC_IPS_V1"
        config {
          src_ip_ranges = rule.value
        }
      }

      rate_limit_options {
        conform_action = "allow"
        exceed_action  = "deny(429)"
        enforce_on_key = "IP"

        rate_limit_threshold {
          count        = var.requests_per_minute
          interval_sec = 60
        }
      }
    }
  }

  # Known attacks, before known addresses: an address may be somebody's who is attacked himself.
  rule {
    description = "Known attacks, among them CVE-2021-44228 (Log4j)"
    action      = "deny(403)"
    priority    = 100

    match {
      expr {
        expression = "evaluatePreconfiguredWaf('cve-canary', {'sensitivity': 1})"
      }
    }
  }

  rule {
    description = "Everybody else"
    action      = "deny(403)"
    priority    = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = true
    }
  }
}

resource "google_compute_health_check" "ingress" {
  project = var.project
  name    = "redline-ingress"

  http_health_check {
    port         = 8080
    request_path = "/healthz"
  }
}

# Documents and requests: never cached.
resource "google_compute_backend_service" "ingress" {
  project               = var.project
  name                  = "redline-ingress"
  protocol              = "HTTP"
  port_name             = "http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  timeout_sec           = 30
  enable_cdn            = false
  security_policy       = google_compute_security_policy.edge.id
  health_checks         = [google_compute_health_check.ingress.id]

  dynamic "backend" {
    for_each = toset(var.endpoint_groups)
    content {
      group                 = backend.value
      balancing_mode        = "RATE"
      max_rate_per_endpoint = 50
    }
  }

  log_config {
    enable      = true
    sample_rate = var.log_sample_rate
  }
}

# Style sheets and scripts: no document, so everybody may read them, by CDN alone.
resource "google_storage_bucket" "static" {
  project                     = var.project
  name                        = "${var.project}-static"
  location                    = var.static_location
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced" # the CDN signs its requests

  versioning {
    enabled = true
  }

  encryption {
    default_kms_key_name = var.kms_key
  }
}

resource "google_compute_backend_bucket" "static" {
  project              = var.project
  name                 = "redline-static"
  bucket_name          = google_storage_bucket.static.name
  enable_cdn           = true
  edge_security_policy = google_compute_security_policy.static.id

  cdn_policy {
    cache_mode  = "CACHE_ALL_STATIC"
    default_ttl = 3600
    max_ttl     = 86400
  }
}

resource "google_compute_security_policy" "static" {
  project = var.project
  name    = "redline-static"
  type    = "CLOUD_ARMOR_EDGE"

  dynamic "rule" {
    for_each = { for number, ranges in chunklist(var.allowed_ranges, 10) : number => ranges }
    content {
      action   = "allow"
      priority = 1000 + rule.key

      match {
        versioned_expr = "SRC_IPS_V1"
        config {
          src_ip_ranges = rule.value
        }
      }
    }
  }

  rule {
    action   = "deny(403)"
    priority = 2147483647

    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}

resource "google_storage_bucket_iam_member" "cdn" {
  bucket = google_storage_bucket.static.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:service-${var.project_number}@https-lb.iam.gserviceaccount.com"
}

resource "google_compute_url_map" "edge" {
  project         = var.project
  name            = "redline-edge"
  default_service = google_compute_backend_service.ingress.id

  host_rule {
    hosts        = var.domains
    path_matcher = "redline"
  }

  path_matcher {
    name            = "redline"
    default_service = google_compute_backend_service.ingress.id

    path_rule {
      paths   = ["/static/*"]
      service = google_compute_backend_bucket.static.id
    }
  }
}

resource "google_compute_target_https_proxy" "edge" {
  project          = var.project
  name             = "redline-edge"
  url_map          = google_compute_url_map.edge.id
  ssl_certificates = [google_compute_managed_ssl_certificate.edge.id]
  ssl_policy       = google_compute_ssl_policy.edge.self_link
}

# There is no port 80: nobody sends a document in the clear, not even once.
resource "google_compute_global_forwarding_rule" "edge" {
  project               = var.project
  name                  = "redline-edge"
  ip_address            = google_compute_global_address.edge.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.edge.id
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
