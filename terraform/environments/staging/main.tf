locals {
  homes = {
    us = {
      region           = "us-central1"
      zones            = ["us-central1-a", "us-central1-b", "us-central1-c"]
      recovery         = { region = "us-east1", multi_region = { storage = "US", kms = "us" } }
      protection_level = "SOFTWARE"
      redis            = { node_type = "REDIS_SHARED_CORE_NANO", shards = 3 }
      budget           = 1500
      pools = {
        on-demand = { machine = "e2-standard-4", spot = false, min = 1, max = 3 }
        spot      = { machine = "e2-standard-4", spot = true, min = 0, max = 6 }
      }
      # What goes to production is built here, and copied from here.
      delivery = { environment = "staging", builder_environment = "build", image_readers = var.image_readers, drops = true }
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
