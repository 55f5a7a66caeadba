variable "project" {
  type        = string
  description = "Id of the project."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "location" {
  type        = string
  description = "Region or multi-region of the ring: a key lies where the data lies that it encrypts."
}

variable "users" {
  type        = map(list(string))
  description = "For each key, the service agents that encrypt and decrypt with it."

  validation {
    condition = alltrue([for member in flatten(values(var.users)) :
      can(regex("^serviceAccount:.*@(gs-project-accounts|gcp-sa-pubsub|bigquery-encryption|cloud-redis|container-engine-robot|compute-system|gcp-sa-artifactregistry|gcp-sa-logging|gcp-sa-secretmanager)\\.iam\\.gserviceaccount\\.com$", member))
    ])
    error_message = "A key is used by service agents of Google alone."
  }
}

variable "protection_level" {
  type        = string
  default     = "HSM"
  description = "HSM, or SOFTWARE where cost counts more."

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.protection_level)
    error_message = "Say HSM or SOFTWARE."
  }
}
