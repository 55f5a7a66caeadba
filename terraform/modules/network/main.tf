# The private network of one home. Nodes have no public address; what they fetch from outside goes through NAT.

resource "google_compute_network" "home" {
  project                 = var.project
  name                    = "${var.home}-redline"
  auto_create_subnetworks = false
  routing_mode            = "REGIONAL"
}

resource "google_compute_subnetwork" "nodes" {
  project                  = var.project
  name                     = "${var.home}-nodes"
  network                  = google_compute_network.home.id
  region                   = var.region
  ip_cidr_range            = cidrsubnet(var.range, 4, 0)
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = cidrsubnet(var.range, 1, 1)
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = cidrsubnet(var.range, 4, 1)
  }

  log_config {
    aggregation_interval = "INTERVAL_10_MIN"
    flow_sampling        = 0.1
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_router" "home" {
  project = var.project
  name    = "${var.home}-router"
  network = google_compute_network.home.id
  region  = var.region

  bgp {
    asn = 64514
  }
}

resource "google_compute_router_nat" "home" {
  project                            = var.project
  name                               = "${var.home}-nat"
  router                             = google_compute_router.home.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

# Google's APIs and registries answer at four addresses that lead nowhere else (private.googleapis.com), so that pods may
# be let out to those alone: knative/base/network.yaml.
locals {
  private_google = ["199.36.153.8", "199.36.153.9", "199.36.153.10", "199.36.153.11"]
  google_domains = { googleapis-com = "googleapis.com.", pkg-dev = "pkg.dev." }
  at_private     = { googleapis-com = "private.googleapis.com.", pkg-dev = "pkg.dev." }
}

resource "google_dns_managed_zone" "google" {
  for_each = local.google_domains

  project     = var.project
  name        = "${var.home}-${each.key}"
  dns_name    = each.value
  description = "Leads to Google's private addresses."
  visibility  = "private"

  private_visibility_config {
    networks {
      network_url = google_compute_network.home.id
    }
  }
}

resource "google_dns_record_set" "google" {
  for_each = local.at_private

  project      = var.project
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = each.value
  type         = "A"
  ttl          = 300
  rrdatas      = local.private_google
}

resource "google_dns_record_set" "any_google" {
  for_each = local.google_domains

  project      = var.project
  managed_zone = google_dns_managed_zone.google[each.key].name
  name         = "*.${each.value}"
  type         = "CNAME"
  ttl          = 300
  rrdatas      = [local.at_private[each.key]]
}

# Memorystore Cluster takes addresses of the nodes' subnetwork (Private Service Connect).
resource "google_network_connectivity_service_connection_policy" "redis" {
  project       = var.project
  name          = "${var.home}-redis"
  location      = var.region
  service_class = "gcp-memorystore-redis"
  network       = google_compute_network.home.id

  psc_config {
    subnetworks = [google_compute_subnetwork.nodes.id]
  }
}

# What is not allowed below is refused.
resource "google_compute_firewall" "deny" {
  project       = var.project
  name          = "${var.home}-deny-ingress"
  network       = google_compute_network.home.id
  direction     = "INGRESS"
  priority      = 65000
  source_ranges = ["0.0.0.0/0"]

  deny {
    protocol = "all"
  }

  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}

# Google's load balancers and their health checks (https://cloud.google.com/load-balancing/docs/firewall-rules).
resource "google_compute_firewall" "balancers" {
  project       = var.project
  name          = "${var.home}-allow-balancers"
  network       = google_compute_network.home.id
  direction     = "INGRESS"
  source_ranges = ["35.191.0.0/16", "130.211.0.0/22"]

  allow {
    protocol = "tcp"
    ports    = ["8080"]
  }
}

# Operators come by VPN: metrics, dashboards and the control plane have no address outside.
resource "google_compute_ha_vpn_gateway" "operators" {
  count = var.operators == null ? 0 : 1

  project = var.project
  name    = "${var.home}-operators"
  network = google_compute_network.home.id
  region  = var.region
}

resource "google_compute_external_vpn_gateway" "operators" {
  count = var.operators == null ? 0 : 1

  project         = var.project
  name            = "${var.home}-office"
  redundancy_type = "SINGLE_IP_INTERNALLY_REDUNDANT"

  interface {
    id         = 0
    ip_address = var.operators.gateway
  }
}

resource "google_compute_vpn_tunnel" "operators" {
  count = var.operators == null ? 0 : 2

  project                         = var.project
  name                            = "${var.home}-operators-${count.index}"
  region                          = var.region
  router                          = google_compute_router.home.id
  vpn_gateway                     = google_compute_ha_vpn_gateway.operators[0].id
  vpn_gateway_interface           = count.index
  peer_external_gateway           = google_compute_external_vpn_gateway.operators[0].id
  peer_external_gateway_interface = 0
  ike_version                     = 2
  shared_secret_wo                = var.vpn_secret # write-only: it stands in no state
  shared_secret_wo_version        = "1"
}

resource "google_compute_router_interface" "operators" {
  count = var.operators == null ? 0 : 2

  project    = var.project
  name       = "${var.home}-operators-${count.index}"
  router     = google_compute_router.home.name
  region     = var.region
  ip_range   = "169.254.${count.index}.1/30"
  vpn_tunnel = google_compute_vpn_tunnel.operators[count.index].name
}

resource "google_compute_router_peer" "operators" {
  count = var.operators == null ? 0 : 2

  project         = var.project
  name            = "${var.home}-operators-${count.index}"
  router          = google_compute_router.home.name
  region          = var.region
  interface       = google_compute_router_interface.operators[count.index].name
  peer_ip_address = "169.254.${count.index}.2"
  peer_asn        = var.operators.asn
}

resource "google_compute_firewall" "operators" {
  count = var.operators == null ? 0 : 1

  project       = var.project
  name          = "${var.home}-allow-operators"
  network       = google_compute_network.home.id
  direction     = "INGRESS"
  source_ranges = [var.operators.range]

  allow {
    protocol = "tcp"
    ports    = ["443", "3000", "9090", "16686"] # status, Grafana, Prometheus, Jaeger
  }
}
