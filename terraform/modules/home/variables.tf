variable "project" {
  type        = string
  description = "Id of the project, which is this home's alone."
}

variable "project_number" {
  type        = string
  description = "Number of the project, which its service agents are named by."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "region" {
  type        = string
  description = "Region where documents live."
}

variable "zones" {
  type        = list(string)
  description = "Zones of the nodes."
}

variable "range" {
  type        = string
  default     = "10.0.0.0/14"
  description = "Private addresses of the home, a /14."
}

variable "control_plane_range" {
  type        = string
  default     = "172.16.0.0/28"
  description = "A /28 of private addresses for the control plane."
}

variable "pools" {
  type        = map(object({ machine = string, spot = bool, min = number, max = number }))
  description = "Pools of nodes; numbers over all zones."
}

variable "redis_gb" {
  type        = number
  default     = 5
  description = "Size of the cache in GB."
}

variable "protection_level" {
  type        = string
  default     = "HSM"
  description = "HSM, or SOFTWARE where cost counts more."
}

variable "custodians_group" {
  type        = string
  description = "Mail address of the group that may ask for holds and erasures."
}

variable "auditors" {
  type        = map(string)
  description = "The tenant whose rows each group of auditors sees; * for all."
}

variable "security_group" {
  type        = string
  description = "Google group of the operators' groups: gke-security-groups@DOMAIN."
}

variable "operators" {
  type        = object({ gateway = string, range = string, asn = number })
  default     = null
  description = "The operators' side of the VPN; null for no VPN."
}

variable "operators_mail" {
  type        = string
  description = "Mail address of the operators."
}

variable "domains" {
  type        = list(string)
  description = "Domain names of the service."
}

variable "allowed_ranges" {
  type        = list(string)
  description = "Addresses that may come in."
}

variable "billing_account" {
  type        = string
  description = "Id of the billing account."
}

variable "budget" {
  type        = number
  description = "What a month may cost, in whole units of the account's currency."
}

variable "attestor_public_key" {
  type        = string
  description = "Public key of the key that attests releases, as PEM."
}

variable "pagerduty_key" {
  type        = string
  sensitive   = true
  description = "Integration key of the PagerDuty service."
}

variable "vpn_secret" {
  type        = string
  sensitive   = true
  default     = null
  description = "Secret that both sides of the VPN share."
}

variable "recovery" {
  type = object({
    region       = string
    multi_region = object({ storage = string, kms = string })
  })
  default     = null
  description = "The other region of the home and, as Cloud Storage and Cloud KMS call it, the multi-region around both; null for none."

  validation {
    condition     = var.recovery == null ? true : split("-", var.recovery.region)[0] == split("-", var.region)[0]
    error_message = "A document's data never leaves its home: the recovery region must lie on the home's own continent."
  }
}
