variable "project" {
  type        = string
  description = "Id of the project."
}

variable "home" {
  type        = string
  description = "Name of the home, such as us."
}

variable "region" {
  type        = string
  description = "Region of the home."
}

variable "network" {
  type        = string
  description = "Full name of the network."
}

variable "subnetwork" {
  type        = string
  description = "Full name of the subnetwork that the endpoint takes an address of."
}

variable "attachment" {
  type        = string
  description = "Full name of Elastic's service attachment in the home's region."

  validation {
    condition     = strcontains(var.attachment, "/regions/${var.region}/serviceAttachments/")
    error_message = "A document's data never leaves its home: name an attachment in the home's own region."
  }
}

variable "zone" {
  type        = string
  description = "Private DNS zone of that attachment, such as psc.europe-west1.gcp.cloud.es.io."
}
