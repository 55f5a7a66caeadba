variable "project" {
  type        = string
  description = "Id of the project."
}

variable "project_number" {
  type        = string
  description = "Number of the project."
}

variable "repository" {
  type        = string
  description = "The repository that delivers, as OWNER/NAME."

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "Name one repository, as OWNER/NAME."
  }
}

variable "environment" {
  type        = string
  description = "The repository's environment that deploys here, such as prod-us."

  validation {
    condition     = can(regex("^[a-z0-9-]+$", var.environment))
    error_message = "An environment has small letters, digits and dashes."
  }
}

variable "builder_environment" {
  type        = string
  default     = null
  description = "The environment that builds images into the registry of this home; null where none does."
}

variable "image_readers" {
  type        = list(string)
  default     = []
  description = "Deployers of other homes, which copy images from here."

  validation {
    condition     = alltrue([for member in var.image_readers : startswith(member, "serviceAccount:")])
    error_message = "Only service accounts copy images."
  }
}

variable "registry" {
  type        = object({ location = string, name = string })
  description = "The Artifact Registry of this home."
}

variable "attestor" {
  type        = object({ name = string, note = string, key = string })
  description = "The attestor of releases, its note and the full name of its key."
}

variable "cluster" {
  type        = object({ name = string, location = string })
  description = "The cluster of this home."
}

variable "drops" {
  type        = map(string)
  default     = {}
  description = "Role on each bucket that the integration test needs; none in production."
}
