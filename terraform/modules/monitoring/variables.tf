variable "project" {
  type        = string
  description = "Id of the project."
}

variable "region" {
  type        = string
  description = "Region of the logs."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key of the logs, in the same region."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "pagerduty_key" {
  type        = string
  sensitive   = true
  description = "Integration key of the PagerDuty service."
}

variable "operators_mail" {
  type        = string
  description = "Mail address of the operators."
}

variable "oldest_message_seconds" {
  type        = number
  default     = 900
  description = "How long a message may wait before somebody is called."
}

variable "log_sampling" {
  type        = object({ info = number, debug = number })
  default     = { info = 0.25, debug = 0.01 }
  description = "Part of the lines of a level that is kept, from 0 to 1; warnings and worse are all kept."

  validation {
    condition     = alltrue([for part in values(var.log_sampling) : part >= 0 && part <= 1])
    error_message = "A part lies between 0 and 1."
  }
}
