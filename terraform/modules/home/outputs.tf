output "buckets" {
  description = "Name of each bucket, for the settings of the functions."
  value       = module.storage.names
}

output "accounts" {
  description = "Mail address of each function's service account."
  value       = module.identity.functions
}

output "redis" {
  description = "Host and port of the cache."
  value       = module.redis.address
}

output "address" {
  description = "Address that the domain names must point to."
  value       = module.edge.address
}

output "residency" {
  description = "Where what is kept of documents lies."
  value = {
    buckets  = local.wide.storage
    messages = local.regions
    trail    = var.region
    keys     = keys(local.rings)
  }
}
