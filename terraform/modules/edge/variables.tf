variable "project" {
  type        = string
  description = "Id of the project."
}

variable "project_number" {
  type        = string
  description = "Number of the project, which its service agents are named by."
}

variable "domains" {
  type        = list(string)
  description = "Domain names of the service, which the certificate is for."
}

variable "allowed_ranges" {
  type        = list(string)
  description = "Addresses that may come in."

  validation {
    condition     = length(var.allowed_ranges) > 0 && !contains(var.allowed_ranges, "0.0.0.0/0") && !contains(var.allowed_ranges, "*")
    error_message = "Name the addresses that may come in: not everybody's."
  }
}

variable "requests_per_minute" {
  type        = number
  default     = 600
  description = "Requests that one address may make in a minute."
}

variable "endpoint_groups" {
  type        = list(string)
  description = "Network endpoint groups of the clusters' ingress; Kubernetes makes them."
  default     = []
}

variable "static_location" {
  type        = string
  description = "Where static assets lie, which hold no data of documents."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key of the static assets, in the same location."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "log_sample_rate" {
  type        = number
  default     = 0.1
  description = "Part of the requests that is logged."
}
