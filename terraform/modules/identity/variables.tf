variable "project" {
  type        = string
  description = "Id of the project."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."

  validation {
    condition     = can(regex("^[a-z]{2,6}$", var.home))
    error_message = "Use 2 to 6 letters: names of service accounts have 30 characters at most."
  }
}

variable "namespace" {
  type        = string
  default     = "redline"
  description = "Kubernetes namespace of the functions."
}

variable "buckets" {
  type        = map(string)
  description = "Name of each bucket."
}

variable "topics" {
  type        = map(string)
  description = "Name of each topic."
}

variable "subscriptions" {
  type        = map(map(string))
  description = "Names of the subscriptions of each function."
}

variable "custodians_group" {
  type        = string
  description = "Mail address of the group that may ask for holds and erasures."
}
