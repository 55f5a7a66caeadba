variable "project" {
  type        = string
  description = "Id of the project."
}

variable "location" {
  type        = string
  description = "Region or multi-region of the images, which hold no data of documents."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts the images, in the same location."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "key_ring" {
  type        = string
  description = "Full name of the ring for the key that attests releases."
}

variable "enforce" {
  type        = bool
  default     = true
  description = "Whether images without attestation are refused, or only logged."
}

variable "trusted_images" {
  type        = list(string)
  default     = []
  description = "Patterns of images that run without attestation."

  validation {
    condition     = alltrue([for pattern in var.trusted_images : !startswith(pattern, "*") && strcontains(pattern, "/")])
    error_message = "A pattern names a registry."
  }
}

variable "attestor_public_key" {
  type        = string
  description = "Public key of the first version of the key `attestor`, as PEM: gcloud kms keys versions get-public-key 1."
}
