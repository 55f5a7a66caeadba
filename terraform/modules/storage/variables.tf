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
  description = "Region of the buckets; with data_locations the multi-region around both."
}

variable "data_locations" {
  type        = list(string)
  default     = []
  description = "The two regions of a dual-region bucket, both inside of the home; none for a bucket in one region."

  validation {
    condition     = contains([0, 2], length(var.data_locations))
    error_message = "Name two regions, or none."
  }
}

variable "bucket_prefix" {
  type        = string
  description = "Before the name of each bucket, which must be unique in the world."
}

variable "kms_key" {
  type        = string
  description = "Full name of the key that encrypts the objects."

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Give the full name of a Cloud KMS key."
  }
}

variable "uploads_topic" {
  type        = string
  description = "Full name of the topic on which uploads are said."
}

variable "soft_delete_days" {
  type        = number
  default     = 7
  description = "How long a deleted object can be brought back; also how long an erased one rests out of reach."

  validation {
    condition     = var.soft_delete_days >= 7 && var.soft_delete_days <= 28
    error_message = "Cloud Storage takes 7 to 90 days; a month is the longest that an erasure may take, so at most 28."
  }
}

variable "tiers" {
  type = map(object({
    suffixes = list(string)
    days     = map(number)
  }))
  description = "By type of document: endings of object names, and after how many days each storage class begins."

  default = {
    word = { # compared again for as long as a contract is negotiated
      suffixes = [".docx", ".doc", ".odt", ".rtf"]
      days     = { NEARLINE = 90, COLDLINE = 365, ARCHIVE = 1095 }
    }
    text = { # small: below 128 KiB nothing colder than nearline pays
      suffixes = [".txt", ".md"]
      days     = { NEARLINE = 180 }
    }
    rendered = { # can be made again from the redline
      suffixes = [".html", ".pdf"]
      days     = { NEARLINE = 30, COLDLINE = 90, ARCHIVE = 365 }
    }
  }

  validation {
    condition     = alltrue(flatten([for tier in values(var.tiers) : [for class in keys(tier.days) : contains(["NEARLINE", "COLDLINE", "ARCHIVE"], class)]]))
    error_message = "The classes are NEARLINE, COLDLINE and ARCHIVE."
  }
}
