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
  default     = 21
  description = "How long the buckets' audit logs are kept: they hold paths, so an erasure ends with them, after 2 days of time travel and 7 of fail-safe."

  validation {
    condition     = var.access_log_days >= 1 && var.access_log_days <= 21
    error_message = "Say 1 to 21 days: with time travel and fail-safe an erasure takes a month at most."
  }
}

variable "recovery" {
  type        = object({ location = string, kms_key = string })
  default     = null
  description = "Region and key of a daily copy; null for none."
}

variable "access_logged" {
  type        = bool
  default     = false
  description = "Whether an access to a bucket was logged already, so that the view over such entries can be made."
}
