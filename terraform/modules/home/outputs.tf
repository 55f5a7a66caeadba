output "buckets" {
  description = "Name of each bucket, for the settings of the functions."
  value       = module.storage.names
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
}

output "residency" {
  description = "Every place in which something rests, with the place of its key."
  value       = sort(distinct([for store in values(local.stores) : "${lower(store.location)}: ${split("/", store.kms_key)[3]}"]))
}

output "without_dead_letters" {
  description = "Subscriptions whose messages have no other place to go to."
  value       = module.pubsub.without_dead_letters
}

output "documents_key" {
  description = "Full name of the key that wraps the keys of documents."
  value       = module.kms[local.wide.kms].keys["documents"]
}
