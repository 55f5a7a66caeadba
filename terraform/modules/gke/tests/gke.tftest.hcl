mock_provider "google" {}

variables {
  project             = "redline-test"
  home                = "eu"
  region              = "europe-west1"
  zones               = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  network             = "projects/redline-test/global/networks/eu-redline"
  subnetwork          = "projects/redline-test/regions/europe-west1/subnetworks/eu-nodes"
  control_plane_range = "172.16.1.0/28"
  operators_range     = "192.168.40.0/24"
  security_group      = "gke-security-groups@example.com"
  kms_key             = "projects/redline-test/locations/europe-west1/keyRings/eu-redline/cryptoKeys/gke"
  registry            = { location = "europe-west1", name = "redline" }
}

run "the_cluster_is_private" {
  command = plan

  assert {
    condition     = google_container_cluster.home.private_cluster_config[0].enable_private_endpoint && google_container_cluster.home.private_cluster_config[0].enable_private_nodes
    error_message = "The control plane or a node has a public address."
  }
  assert {
    condition     = [for block in one(google_container_cluster.home.master_authorized_networks_config).cidr_blocks : block.cidr_block] == ["192.168.40.0/24"]
    error_message = "Others than operators reach the control plane."
  }
  assert {
    condition     = google_container_cluster.home.location == "europe-west1" && length(google_container_cluster.home.node_locations) == 3
    error_message = "The cluster lies elsewhere, or in too few zones."
  }
}

run "workloads_have_identities_and_signed_images" {
  command = plan

  assert {
    condition     = google_container_cluster.home.workload_identity_config[0].workload_pool == "redline-test.svc.id.goog"
    error_message = "Pods would act as their node."
  }
  assert {
    condition     = alltrue([for pool in google_container_node_pool.pools : pool.node_config[0].workload_metadata_config[0].mode == "GKE_METADATA"])
    error_message = "Pods of a pool see the node's account."
  }
  assert {
    condition     = google_container_cluster.home.binary_authorization[0].evaluation_mode == "PROJECT_SINGLETON_POLICY_ENFORCE"
    error_message = "Images that nobody attested would run."
  }
  assert {
    condition     = alltrue([for grant in google_project_iam_member.nodes : !contains(["roles/editor", "roles/owner"], grant.role) && !endswith(grant.role, ".admin")])
    error_message = "Nodes have a wide role."
  }
}

run "disks_and_secrets_are_encrypted_with_our_key" {
  command = plan

  assert {
    condition     = google_container_cluster.home.database_encryption[0].key_name == var.kms_key && google_container_cluster.home.database_encryption[0].state == "ENCRYPTED"
    error_message = "Kubernetes secrets are not encrypted with the key of the home."
  }
  assert {
    condition     = alltrue([for pool in google_container_node_pool.pools : pool.node_config[0].boot_disk_kms_key == var.kms_key])
    error_message = "A disk is not encrypted with the key of the home."
  }
}

run "bulk_work_runs_on_spot_nodes_alone" {
  command = plan

  assert {
    condition     = google_container_node_pool.pools["spot"].node_config[0].spot && !google_container_node_pool.pools["on-demand"].node_config[0].spot
    error_message = "There is not one pool on demand and one of spot nodes."
  }
  assert {
    condition     = one(google_container_node_pool.pools["spot"].node_config[0].taint).effect == "NO_SCHEDULE"
    error_message = "What waits for somebody may land on a spot node."
  }
}

run "one_zone_is_not_enough" {
  command = plan
  variables {
    zones = ["europe-west1-b"]
  }
  expect_failures = [var.zones]
}

run "nobody_comes_from_outside_where_nothing_is_delivered" {
  command = plan

  assert {
    condition     = !google_container_cluster.home.control_plane_endpoints_config[0].dns_endpoint_config[0].allow_external_traffic
    error_message = "The control plane has a name that answers outside of the network."
  }
  assert {
    condition     = google_container_cluster.home.secret_sync_config[0].enabled
    error_message = "Secrets do not come from Secret Manager."
  }
}
