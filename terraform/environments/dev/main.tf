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

  protection_level = "SOFTWARE"
  redis_gb         = 1
  budget           = 400
  pools = {
    on-demand = { machine = "e2-standard-4", spot = false, min = 1, max = 2 }
    spot      = { machine = "e2-standard-4", spot = true, min = 0, max = 3 }
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
