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
  description = "Region of the datasets."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts them, in the same region."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "audit_account" {
  type        = string
  description = "Mail address of the audit function's service account."
}

variable "auditors" {
  type        = map(string)
  description = "The tenant whose rows each group of auditors sees; * for all."
  default     = {}

  validation {
    condition     = alltrue([for tenant in values(var.auditors) : can(regex("^(\\*|[A-Za-z0-9._-]+)$", tenant))])
    error_message = "A tenant has letters, digits, dots, dashes and underscores."
  }
}

variable "buckets" {
  type        = list(string)
  description = "Names of the buckets whose audit logs are kept."
}

variable "access_log_days" {
  type        = number
  default     = 30
  description = "How long the buckets' audit logs are kept: they hold paths, so an erasure ends with them."

  validation {
    condition     = var.access_log_days >= 1 && var.access_log_days <= 30
    error_message = "Say 1 to 30 days: a month is the longest that an erasure may take."
  }
}

variable "recovery" {
  type        = object({ location = string, kms_key = string })
  default     = null
  description = "Region and key of a daily copy; null for none."
}
