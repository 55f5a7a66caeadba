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
  description = "Full name of the network that reaches it, once private service access is set up there."
}

variable "memory_gb" {
  type        = number
  default     = 5
  description = "Size: a million seen marks take about 150 MB."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts it, in the same region."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}
