locals {
  homes = {
    us = {
      region   = "us-central1"
      zones    = ["us-central1-a", "us-central1-b", "us-central1-c"]
      recovery = { region = "us-east1", multi_region = { storage = "US", kms = "us" } }
      budget   = 12000
      delivery = { environment = "prod-us" }
    }
    eu = {
      region              = "europe-west1"
      zones               = ["europe-west1-b", "europe-west1-c", "europe-west1-d"]
      range               = "10.4.0.0/14"
      control_plane_range = "172.16.1.0/28"
      # Not us-east1: a European document is recovered in Europe.
      recovery = { region = "europe-west4", multi_region = { storage = "EU", kms = "europe" } }
      budget   = 12000
      delivery = { environment = "prod-eu" }
    }
  }
}

module "home" {
  source   = "../../modules/home"
  for_each = local.homes

  home         = each.key
  settings     = merge(each.value, var.projects[each.key])
  organization = var.organization
  secrets      = var.secrets
}
