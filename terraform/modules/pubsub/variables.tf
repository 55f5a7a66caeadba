variable "project" {
  type        = string
  description = "Id of the project."
}

variable "project_number" {
  type        = string
  description = "Number of the project, which its service agents are named by."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "prefix" {
  type        = string
  description = "Before the name of each topic and subscription (REDLINE_TOPIC_PREFIX)."
}

variable "regions" {
  type        = list(string)
  description = "Where messages may rest: the regions of the home."

  validation {
    condition     = length(var.regions) > 0
    error_message = "Name a region: without one messages rest anywhere."
  }
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts the messages."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "retention_days" {
  type        = number
  default     = 7
  description = "How long a message is kept, acked or not: a notification holds a path, so this bounds an erasure too."

  validation {
    condition     = var.retention_days >= 1 && var.retention_days <= 7
    error_message = "Say 1 to 7 days."
  }
}
