variable "project" {
  type        = string
  description = "Id of the project."
}

variable "namespace" {
  type        = string
  default     = "redline"
  description = "Kubernetes namespace of the functions."
}

variable "buckets" {
  type        = map(string)
  description = "Name of each bucket."
}

variable "topics" {
  type        = map(string)
  description = "Name of each topic."
}

variable "subscriptions" {
  type        = map(map(string))
  description = "Names of the subscriptions of each function."
}

variable "custodians_group" {
  type        = string
  description = "Mail address of the group that may ask for holds and erasures."
}

variable "cache" {
  type        = string
  description = "Full name of the cache, projects/P/locations/L/clusters/C."

  validation {
    condition     = can(regex("^projects/[^/']+/locations/[^/']+/clusters/[^/']+$", var.cache))
    error_message = "Give the full name of a Memorystore cluster."
  }
}

variable "documents_key" {
  type        = string
  description = "Full name of the key that wraps the keys of documents."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.documents_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "users_group" {
  type        = string
  default     = null
  description = "Mail address of the group whose documents these are; null where access is granted elsewhere."
}
