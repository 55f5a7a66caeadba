# The private cluster of one home: a pool on demand for what waits for somebody, one of spot nodes for bulk work.

resource "google_service_account" "nodes" {
  project      = var.project
  account_id   = "${var.home}-nodes"
  display_name = "Redline nodes, ${var.home}"
}

resource "google_project_iam_member" "nodes" {
  for_each = toset(["roles/logging.logWriter", "roles/monitoring.metricWriter", "roles/monitoring.viewer", "roles/stackdriver.resourceMetadata.writer"])

  project = var.project
  role    = each.key
  member  = "serviceAccount:${google_service_account.nodes.email}"
}

resource "google_artifact_registry_repository_iam_member" "nodes" {
  project    = var.project
  location   = var.registry.location
  repository = var.registry.name
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${google_service_account.nodes.email}"
}

resource "google_container_cluster" "home" {
  project        = var.project
  name           = "${var.home}-redline"
  location       = var.region
  node_locations = var.zones
  network        = var.network
  subnetwork     = var.subnetwork

  deletion_protection         = true
  remove_default_node_pool    = true
  initial_node_count          = 1
  enable_shielded_nodes       = true
  enable_intranode_visibility = true
  datapath_provider           = "ADVANCED_DATAPATH" # network policies are enforced
  networking_mode             = "VPC_NATIVE"

  release_channel {
    channel = "REGULAR"
  }

  ip_allocation_policy {
    cluster_secondary_range_name  = "pods"
    services_secondary_range_name = "services"
  }

  private_cluster_config {
    enable_private_nodes    = true
    enable_private_endpoint = true # its addresses are reached from the network and by VPN alone
    master_ipv4_cidr_block  = var.control_plane_range
  }

  # Delivery comes by a name of Google's front end, where IAM decides (container.clusters.connect), and not by an address.
  control_plane_endpoints_config {
    dns_endpoint_config {
      allow_external_traffic = var.delivered
    }
  }

  master_authorized_networks_config {
    gcp_public_cidrs_access_enabled = false

    dynamic "cidr_blocks" {
      for_each = var.operators_range == null ? [] : [var.operators_range]
      content {
        cidr_block   = cidr_blocks.value
        display_name = "operators"
      }
    }
  }

  master_auth {
    client_certificate_config {
      issue_client_certificate = false
    }
  }

  workload_identity_config {
    workload_pool = "${var.project}.svc.id.goog"
  }

  database_encryption {
    state    = "ENCRYPTED"
    key_name = var.kms_key
  }

  binary_authorization {
    evaluation_mode = "PROJECT_SINGLETON_POLICY_ENFORCE"
  }

  # Secrets are copied from Secret Manager, and again when they change (knative/components/google).
  secret_sync_config {
    enabled = true

    rotation_config {
      enabled           = true
      rotation_interval = "300s"
    }
  }

  logging_config {
    enable_components = ["SYSTEM_COMPONENTS", "WORKLOADS"]
  }

  monitoring_config {
    enable_components = ["SYSTEM_COMPONENTS"]

    managed_prometheus {
      enabled = true
    }
  }

  authenticator_groups_config {
    security_group = var.security_group
  }

  maintenance_policy {
    recurring_window {
      start_time = "2026-01-03T02:00:00Z"
      end_time   = "2026-01-03T08:00:00Z"
      recurrence = "FREQ=WEEKLY;BYDAY=SA,SU"
    }
  }

  resource_labels = { home = var.home }
}

resource "google_container_node_pool" "pools" {
  for_each = var.pools

  project        = var.project
  name           = each.key
  cluster        = google_container_cluster.home.name
  location       = var.region
  node_locations = var.zones

  autoscaling {
    total_min_node_count = each.value.min
    total_max_node_count = each.value.max
    location_policy      = each.value.spot ? "ANY" : "BALANCED"
  }

  management {
    auto_repair  = true
    auto_upgrade = true
  }

  upgrade_settings {
    strategy        = "SURGE"
    max_surge       = 1
    max_unavailable = 0
  }

  node_config {
    machine_type      = each.value.machine
    spot              = each.value.spot
    disk_type         = "pd-balanced"
    disk_size_gb      = 50
    image_type        = "COS_CONTAINERD"
    boot_disk_kms_key = var.kms_key
    service_account   = google_service_account.nodes.email
    oauth_scopes      = ["https://www.googleapis.com/auth/cloud-platform"] # what it may do is said by its roles
    labels            = { pool = each.key }

    metadata = { disable-legacy-endpoints = "true" }

    shielded_instance_config {
      enable_secure_boot          = true
      enable_integrity_monitoring = true
    }

    workload_metadata_config {
      mode = "GKE_METADATA"
    }

    dynamic "taint" {
      for_each = each.value.spot ? [true] : []
      content {
        key    = "cloud.google.com/gke-spot"
        value  = "true"
        effect = "NO_SCHEDULE"
      }
    }
  }
}
