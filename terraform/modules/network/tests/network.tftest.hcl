mock_provider "google" {}

variables {
  project    = "redline-test"
  home       = "eu"
  region     = "europe-west1"
  range      = "10.4.0.0/14"
  operators  = { gateway = "203.0.113.7", range = "192.168.40.0/24", asn = 64620 }
  vpn_secret = "only for this test"
}

run "nothing_comes_in_unasked" {
  command = plan

  assert {
    condition     = google_compute_firewall.deny.deny == toset([{ protocol = "all", ports = tolist(null) }]) || one(google_compute_firewall.deny.deny).protocol == "all"
    error_message = "What is not allowed is not refused."
  }
  assert {
    condition = alltrue([for rule in concat([google_compute_firewall.balancers], google_compute_firewall.operators) :
      !contains(rule.source_ranges, "0.0.0.0/0")
    ])
    error_message = "Something is open to everybody."
  }
  assert {
    condition     = google_compute_subnetwork.nodes.private_ip_google_access && google_compute_subnetwork.nodes.region == "europe-west1"
    error_message = "Nodes do not reach Google privately, or lie outside of their home."
  }
}

run "ranges_do_not_overlap" {
  command = plan

  assert {
    condition = (
      google_compute_subnetwork.nodes.ip_cidr_range == "10.4.0.0/18"
      && [for range in google_compute_subnetwork.nodes.secondary_ip_range : range.ip_cidr_range] == ["10.6.0.0/15", "10.4.64.0/18"]
    )
    error_message = "Nodes, pods and services share addresses."
  }
}

run "operators_come_by_two_tunnels" {
  command = plan

  assert {
    condition     = length(google_compute_vpn_tunnel.operators) == 2 && alltrue([for tunnel in google_compute_vpn_tunnel.operators : tunnel.ike_version == 2])
    error_message = "The VPN has no second tunnel, or an old protocol."
  }
  assert {
    condition     = google_compute_firewall.operators[0].source_ranges == toset(["192.168.40.0/24"])
    error_message = "Operators' endpoints are open to others."
  }
}

run "no_vpn_where_nobody_asks_for_one" {
  command = plan
  variables {
    operators  = null
    vpn_secret = null
  }
  assert {
    condition     = length(google_compute_vpn_tunnel.operators) + length(google_compute_firewall.operators) == 0
    error_message = "There is a VPN to nowhere."
  }
}

run "google_is_reached_at_its_private_addresses" {
  command = plan

  assert {
    condition     = alltrue([for record in google_dns_record_set.google : record.rrdatas == tolist(["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"])])
    error_message = "Google's names lead to addresses that pods may not reach."
  }
  assert {
    condition     = { for record in google_dns_record_set.any_google : record.name => one(record.rrdatas) } == { "*.googleapis.com." = "private.googleapis.com.", "*.pkg.dev." = "pkg.dev." }
    error_message = "Some of Google's names lead elsewhere."
  }
  assert {
    condition     = alltrue([for zone in google_dns_managed_zone.google : zone.visibility == "private"])
    error_message = "The world would be told where Google is."
  }
}
