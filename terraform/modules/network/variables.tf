variable "project" {
  type        = string
  description = "Id of the project."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "region" {
  type        = string
  description = "Region of the home."
}

variable "range" {
  type        = string
  description = "Private addresses of the home, a /14 or larger: half of them are the pods'."

  validation {
    condition     = can(cidrsubnet(var.range, 4, 1)) && startswith(var.range, "10.")
    error_message = "Give a range such as 10.0.0.0/14."
  }
}

variable "operators" {
  type        = object({ gateway = string, range = string, asn = number })
  default     = null
  description = "Public address, private range and AS number of the operators' side of the VPN; null for no VPN."
}

variable "vpn_secret" {
  type        = string
  default     = null
  sensitive   = true
  description = "Secret that both sides of the VPN share."
}
