module "us" {
  source = "../../modules/home"

  home                = "us"
  project             = var.homes.us.project
  project_number      = var.homes.us.project_number
  domains             = var.homes.us.domains
  attestor_public_key = var.homes.us.attestor_public_key
  vpn_secret          = var.homes.us.vpn_secret

  region              = "us-central1"
  zones               = ["us-central1-a", "us-central1-b", "us-central1-c"]
  range               = "10.0.0.0/14"
  control_plane_range = "172.16.0.0/28"
  recovery = {
    region       = "us-east1"
    multi_region = { storage = "US", kms = "us" }
  }

  budget = 12000
  pools = {
    on-demand = { machine = "n2d-standard-4", spot = false, min = 3, max = 12 }
    spot      = { machine = "n2d-standard-4", spot = true, min = 0, max = 24 }
  }

  custodians_group = var.custodians_group
  auditors         = var.auditors
  security_group   = var.security_group
  operators        = var.operators
  operators_mail   = var.operators_mail
  allowed_ranges   = var.allowed_ranges
  billing_account  = var.billing_account
  pagerduty_key    = var.pagerduty_key
}

module "eu" {
  source = "../../modules/home"

  home                = "eu"
  project             = var.homes.eu.project
  project_number      = var.homes.eu.project_number
  domains             = var.homes.eu.domains
  attestor_public_key = var.homes.eu.attestor_public_key
  vpn_secret          = var.homes.eu.vpn_secret

  region              = "europe-west1"
  zones               = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
  range               = "10.4.0.0/14"
  control_plane_range = "172.16.1.0/28"
  # Not us-east1: a European document is recovered in Europe.
  recovery = {
    region       = "europe-west4"
    multi_region = { storage = "EU", kms = "europe" }
  }

  budget = 12000
  pools = {
    on-demand = { machine = "n2d-standard-4", spot = false, min = 3, max = 12 }
    spot      = { machine = "n2d-standard-4", spot = true, min = 0, max = 24 }
  }

  custodians_group = var.custodians_group
  auditors         = var.auditors
  security_group   = var.security_group
  operators        = var.operators
  operators_mail   = var.operators_mail
  allowed_ranges   = var.allowed_ranges
  billing_account  = var.billing_account
  pagerduty_key    = var.pagerduty_key
}
