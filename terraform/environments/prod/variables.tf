variable "organization" {
  description = "Who owns, runs, audits and pays: as modules/home has it."
}

variable "projects" {
  description = "Of each home (us, eu): project, project_number, domains, attestor_public_key and, where there is one, elasticsearch."
}

variable "secrets" {
  sensitive   = true
  description = "pagerduty_key and, by home, vpn."
}
