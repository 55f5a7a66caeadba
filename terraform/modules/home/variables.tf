variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "settings" {
  type = object({
    # Whose it is: the project is this home's alone.
    project             = string
    project_number      = string
    domains             = list(string) # names of the service, for its certificate
    attestor_public_key = string       # of the key that attests releases, as PEM

    # Where documents live.
    region              = string
    zones               = list(string)
    range               = optional(string, "10.0.0.0/14")   # private addresses, a /14
    control_plane_range = optional(string, "172.16.0.0/28") # a /28 for the control plane

    # The other region of the home and, as Cloud Storage and Cloud KMS call it, the multi-region around both; null for none.
    recovery = optional(object({ region = string, multi_region = object({ storage = string, kms = string }) }))

    # How large it is. Pools count nodes over all zones; the budget is a month's, in whole units of the account's currency.
    budget = number
    pools = optional(map(object({ machine = string, spot = bool, min = number, max = number })), {
      on-demand = { machine = "n2d-standard-4", spot = false, min = 3, max = 12 }
      spot      = { machine = "n2d-standard-4", spot = true, min = 0, max = 24 }
    })
    redis            = optional(object({ node_type = string, shards = number }), { node_type = "REDIS_STANDARD_SMALL", shards = 3 })
    protection_level = optional(string, "HSM") # or SOFTWARE, where cost counts more

    # Elastic's service attachment in the region and its private DNS zone; null where there is no Elasticsearch.
    elasticsearch = optional(object({ attachment = string, zone = string }))

    # Whether an access to a bucket was logged already: then the view over such entries can be made.
    access_logged = optional(bool, false)

    # Network endpoint groups that the load balancer leads to; none, and it answers nobody.
    endpoint_groups = optional(list(string), [])

    # The repository's environment that deploys here, the one that builds images here, who copies them from here, and
    # whether the integration test drops documents.
    delivery = object({
      environment         = string
      builder_environment = optional(string)
      image_readers       = optional(list(string), [])
      drops               = optional(bool, false)
    })
  })
  description = "What is this home's own."

  validation {
    condition     = var.settings.recovery == null ? true : split("-", var.settings.recovery.region)[0] == split("-", var.settings.region)[0]
    error_message = "A document's data never leaves its home: the recovery region must lie on the home's own continent."
  }
}

variable "organization" {
  type = object({
    repository       = optional(string)                                                     # that delivers, as OWNER/NAME; null where people do
    users_group      = optional(string)                                                     # whose documents these are; null where access is granted elsewhere
    custodians_group = string                                                               # who may ask for holds and erasures
    auditors         = map(string)                                                          # the tenant whose rows each group sees; * for all
    security_group   = string                                                               # of the operators' groups: gke-security-groups@DOMAIN
    operators        = optional(object({ gateway = string, range = string, asn = number })) # their side of the VPN; null for none
    operators_mail   = string
    allowed_ranges   = list(string) # addresses that may come in
    billing_account  = string
  })
  description = "Who owns, runs, audits and pays: the same for all homes."
}

variable "secrets" {
  type = object({
    pagerduty_key = string                    # integration key of the service
    vpn           = optional(map(string), {}) # what both sides of the VPN share, by home
  })
  sensitive   = true
  description = "What must not be seen in a plan."
}
