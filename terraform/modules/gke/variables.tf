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
  description = "Region of the cluster."
}

variable "zones" {
  type        = list(string)
  description = "Zones of the nodes."

  validation {
    condition     = length(var.zones) >= 2
    error_message = "Name at least two zones: one may be lost."
  }
}

variable "network" {
  type        = string
  description = "Full name of the network."
}

variable "subnetwork" {
  type        = string
  description = "Full name of the nodes' subnetwork."
}

variable "control_plane_range" {
  type        = string
  description = "A /28 of private addresses for the control plane."
}

variable "operators_range" {
  type        = string
  default     = null
  description = "Private addresses of operators, who come by VPN; null for none."
}

variable "security_group" {
  type        = string
  description = "Google group of the operators' groups: gke-security-groups@DOMAIN."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key of Kubernetes secrets and of the nodes' disks, in the same region."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "registry" {
  type        = object({ location = string, name = string })
  description = "The Artifact Registry that images come from."
}

variable "pools" {
  type = map(object({ machine = string, spot = bool, min = number, max = number }))
  default = {
    on-demand = { machine = "n2d-standard-4", spot = false, min = 3, max = 12 }
    spot      = { machine = "n2d-standard-4", spot = true, min = 0, max = 24 }
  }
  description = "Pools of nodes; numbers over all zones."

  validation {
    condition     = anytrue([for pool in values(var.pools) : !pool.spot])
    error_message = "One pool must be on demand: spot nodes may all go at once."
  }
}

variable "delivered" {
  type        = bool
  default     = false
  description = "Whether a workflow outside of the network deploys here."
}
