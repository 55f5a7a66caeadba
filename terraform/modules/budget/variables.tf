variable "project" {
  type        = string
  description = "Id of the project."
}

variable "project_number" {
  type        = string
  description = "Number of the project."
}

variable "billing_account" {
  type        = string
  description = "Id of the billing account."
}

variable "currency" {
  type        = string
  default     = "USD"
  description = "Currency of the billing account."
}

variable "amount" {
  type        = number
  description = "What a month may cost, in whole units of the currency."

  validation {
    condition     = var.amount > 0 && floor(var.amount) == var.amount
    error_message = "Say a whole amount above 0."
  }
}

variable "channels" {
  type        = list(string)
  description = "Notification channels that are told."
}
