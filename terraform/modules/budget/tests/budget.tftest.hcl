mock_provider "google" {}

variables {
  project         = "redline-test"
  project_number  = "1"
  billing_account = "000000-000000-000000"
  amount          = 500
  channels        = ["projects/redline-test/notificationChannels/1"]
}

run "somebody_is_told_in_time" {
  command = plan

  assert {
    condition     = google_billing_budget.month.amount[0].specified_amount[0].units == "500"
    error_message = "The budget is another."
  }
  assert {
    condition     = length([for rule in google_billing_budget.month.threshold_rules : rule if rule.spend_basis == "CURRENT_SPEND" && rule.threshold_percent < 1]) == 2
    error_message = "Nobody is told before the money is spent."
  }
  assert {
    condition     = length([for rule in google_billing_budget.month.threshold_rules : rule if rule.spend_basis == "FORECASTED_SPEND"]) == 1
    error_message = "Nobody is told of what is foreseen."
  }
  assert {
    condition     = google_billing_budget.month.budget_filter[0].projects == toset(["projects/1"]) && google_billing_budget.month.all_updates_rule[0].monitoring_notification_channels[0] == var.channels[0]
    error_message = "The budget is for another project, or tells others."
  }
}
