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

variable "allowed_ranges" {
  type        = list(string)
  description = "Addresses that may come in."
}

variable "billing_account" {
  type        = string
  description = "Id of the billing account."
}

variable "homes" {
  type        = map(object({ project = string, project_number = string, domains = list(string), attestor_public_key = string, vpn_secret = optional(string) }))
  description = "Project, domain names and secrets of each home: us."
}

variable "pagerduty_key" {
  type        = string
  sensitive   = true
  description = "Integration key of the PagerDuty service."
}
