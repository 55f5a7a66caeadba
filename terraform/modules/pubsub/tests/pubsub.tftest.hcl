mock_provider "google" {}

variables {
  project        = "redline-test"
  project_number = "1"
  home           = "eu"
  prefix         = "eu-"
  regions        = ["europe-west1", "europe-west4"]
  kms_key        = "projects/redline-test/locations/europe/keyRings/eu-redline/cryptoKeys/pubsub"
}

run "messages_stay_at_home_and_encrypted" {
  command = plan

  assert {
    condition = alltrue([for topic in google_pubsub_topic.topics :
      toset(topic.message_storage_policy[0].allowed_persistence_regions) == toset(["europe-west1", "europe-west4"])
      && topic.message_storage_policy[0].enforce_in_transit
    ])
    error_message = "Messages of a topic may rest outside of its home."
  }
  assert {
    condition     = alltrue([for topic in google_pubsub_topic.topics : topic.kms_key_name == var.kms_key])
    error_message = "A topic is not encrypted with the key of its home."
  }
  assert {
    condition     = alltrue([for topic in google_pubsub_topic.topics : topic.message_retention_duration == "604800s"])
    error_message = "A topic cannot be replayed for 7 days."
  }
}

run "no_message_is_dropped" {
  command = apply

  assert {
    condition = alltrue([for name, each in google_pubsub_subscription.subscriptions :
      one(each.dead_letter_policy[*].dead_letter_topic) == google_pubsub_topic.topics["dead-letters"].id
      if name != "dead-letters-deadletters"
    ])
    error_message = "A subscription has no dead letters."
  }
  assert {
    condition = (
      google_pubsub_topic_iam_member.dead_letters.role == "roles/pubsub.publisher"
      && google_pubsub_topic_iam_member.dead_letters.topic == "eu-dead-letters"
      && google_pubsub_topic_iam_member.dead_letters.member == "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
    )
    error_message = "Pub/Sub may not publish to the dead letters."
  }
  assert {
    condition = toset([for each in google_pubsub_subscription_iam_member.dead_letters : each.subscription if each.role == "roles/pubsub.subscriber"]) == toset([
      for name, each in google_pubsub_subscription.subscriptions : each.name if name != "dead-letters-deadletters"
    ])
    error_message = "Pub/Sub may not ack on a subscription what it moves to the dead letters."
  }
  assert {
    condition     = alltrue([for each in google_pubsub_subscription.subscriptions : each.expiration_policy[0].ttl == ""])
    error_message = "A subscription that nobody pulls would expire."
  }
}

run "queues_are_those_of_the_routing_table" {
  command = apply

  assert {
    condition = alltrue([for name, each in local.subscriptions :
      google_pubsub_subscription.subscriptions[name].filter == each.filter
      && google_pubsub_subscription.subscriptions[name].topic == google_pubsub_topic.topics[each.topic].id
      && google_pubsub_subscription.subscriptions[name].retry_policy[0].minimum_backoff == each.minimum_backoff
    ])
    error_message = "A subscription differs from the routing table."
  }
  assert {
    condition     = google_pubsub_subscription.subscriptions["redline-pairs-redline-bulk"].filter == "attributes.ce-priority = \"bulk\" AND (attributes.ce-type = \"dev.redline.redline.pair.requested.v1\")"
    error_message = "The bulk queue takes something else."
  }
  assert {
    condition     = google_pubsub_topic_iam_member.uploads.member == "serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com" && google_pubsub_topic_iam_member.uploads.topic == "eu-uploads"
    error_message = "The buckets may not announce uploads."
  }
}

run "a_region_is_needed" {
  command = plan
  variables {
    regions = []
  }
  expect_failures = [var.regions]
}
