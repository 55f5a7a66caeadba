mock_provider "google" {}

variables {
  project    = "redline-test"
  home       = "eu"
  region     = "europe-west1"
  network    = "projects/redline-test/global/networks/eu-redline"
  subnetwork = "projects/redline-test/regions/europe-west1/subnetworks/eu-nodes"
  attachment = "projects/elastic/regions/europe-west1/serviceAttachments/proxy-psc"
  zone       = "psc.europe-west1.gcp.cloud.es.io"
}

run "the_index_is_reached_inside_our_network" {
  command = plan

  assert {
    condition     = google_compute_address.elasticsearch.address_type == "INTERNAL" && google_compute_forwarding_rule.elasticsearch.target == var.attachment
    error_message = "Elasticsearch is reached from outside, or is another one."
  }
  assert {
    condition     = google_dns_managed_zone.elasticsearch.visibility == "private" && google_dns_record_set.elasticsearch.name == "*.psc.europe-west1.gcp.cloud.es.io."
    error_message = "Its names lead elsewhere."
  }
}

run "an_index_elsewhere_is_refused" {
  command = plan
  variables {
    attachment = "projects/elastic/regions/us-central1/serviceAttachments/proxy-psc"
  }
  expect_failures = [var.attachment]
}
