output "buckets" {
  description = "Name of each bucket, for the settings of the functions."
  value       = module.storage.names

  precondition {
    condition     = module.storage.names == { for name in ["dead-letters", "normalized", "records", "redlines", "uploads"] : name => "${var.settings.project}-${name}" }
    error_message = "A bucket has another name than the functions use."
  }
}

output "accounts" {
  description = "Mail address of each function's service account."
  value       = module.identity.functions
}

output "delivery" {
  description = "Variables of the repository's environments."
  value       = one(module.delivery[*].settings)
}

output "elasticsearch_endpoint" {
  description = "Id that Elastic's filter must name."
  value       = one(module.search[*].endpoint)
}

output "address" {
  description = "Address that the domain names must point to."
  value       = module.edge.address
}

output "stores" {
  description = "All that keeps data: where it rests, under which key, and whether it could be opened to the public."
  value       = local.stores

  precondition {
    condition     = alltrue([for store in local.stores : startswith(store.kms_key, "projects/${var.settings.project}/locations/") && !store.public])
    error_message = "Something is not encrypted with a key of the home, or could be made public."
  }
}

output "residency" {
  description = "Every place in which something rests, with the place of its key."
  value       = sort(distinct([for store in values(local.stores) : "${lower(store.location)}: ${split("/", store.kms_key)[3]}"]))
}

output "without_dead_letters" {
  description = "Subscriptions whose messages have no other place to go to."
  value       = module.pubsub.without_dead_letters

  precondition {
    condition     = module.pubsub.without_dead_letters == ["dead-letters-deadletters"]
    error_message = "A subscription has no dead letters."
  }
}

output "documents_key" {
  description = "Full name of the key that wraps the keys of documents."
  value       = module.kms[local.wide.kms].keys["documents"]
}
