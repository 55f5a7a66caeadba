# The way to Elasticsearch, which Elastic runs for us in the home's own region: an endpoint in our network (Private Service
# Connect) and the names that lead to it. Requests never cross the internet. The deployment itself, its key and its filter
# for this endpoint are made at Elastic.

resource "google_compute_address" "elasticsearch" {
  project      = var.project
  name         = "${var.home}-elasticsearch"
  region       = var.region
  subnetwork   = var.subnetwork
  address_type = "INTERNAL"
}

resource "google_compute_forwarding_rule" "elasticsearch" {
  project               = var.project
  name                  = "${var.home}-elasticsearch"
  region                = var.region
  network               = var.network
  ip_address            = google_compute_address.elasticsearch.id
  target                = var.attachment
  load_balancing_scheme = "" # as an endpoint of Private Service Connect has it
}

resource "google_dns_managed_zone" "elasticsearch" {
  project     = var.project
  name        = "${var.home}-elasticsearch"
  dns_name    = "${var.zone}."
  description = "Leads the names of our Elasticsearch to the endpoint in our network."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = var.network
    }
  }
}

resource "google_dns_record_set" "elasticsearch" {
  project      = var.project
  managed_zone = google_dns_managed_zone.elasticsearch.name
  name         = "*.${var.zone}."
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.elasticsearch.address]
}
