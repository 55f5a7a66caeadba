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
  description = "Region of the cache."
}

variable "network" {
  type        = string
  description = "Full name of the network that reaches it, once its connection policy is set up there."
}

variable "node_type" {
  type        = string
  default     = "REDIS_STANDARD_SMALL"
  description = "Size of a node: REDIS_SHARED_CORE_NANO has 1.4 GB, REDIS_STANDARD_SMALL 6.5 GB; a million seen marks take about 150 MB."
}

variable "shards" {
  type        = number
  default     = 3
  description = "Nodes that share the keys; each has a replica in another zone."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts it, in the same region."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}
