locals {
  homes = {
    us = {
      region           = "us-central1"
      zones            = ["us-central1-a", "us-central1-b", "us-central1-c"]
      protection_level = "SOFTWARE"
      redis            = { node_type = "REDIS_SHARED_CORE_NANO", shards = 1 }
      budget           = 400
      pools = {
        on-demand = { machine = "e2-standard-4", spot = false, min = 1, max = 2 }
        spot      = { machine = "e2-standard-4", spot = true, min = 0, max = 3 }
      }
      delivery = { environment = "dev", drops = true }
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
