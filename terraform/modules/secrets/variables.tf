variable "project" {
  type        = string
  description = "Id of the project."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "kms_keys" {
  type        = map(string)
  description = "Full name of a key of each region of the home, by region."

  validation {
    condition = length(var.kms_keys) > 0 && alltrue([for region, key in var.kms_keys :
      can(regex("^projects/[^/]+/locations/${region}/keyRings/[^/]+/cryptoKeys/[^/]+$", key))
    ])
    error_message = "Give for each region the full name of a Cloud KMS key in it."
  }
}
