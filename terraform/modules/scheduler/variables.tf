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

variable "region" {
  type        = string
  description = "Region of the job."
}

variable "topic" {
  type        = string
  description = "Full name of the topic `clock`."
}
