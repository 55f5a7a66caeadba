output "topics" {
  description = "Name of each topic."
  value       = { for key, topic in google_pubsub_topic.topics : key => topic.name }
}

output "uploads_topic" {
  description = "Full name of the topic of uploads, once the buckets may publish there."
  value       = "projects/${var.project}/topics/${google_pubsub_topic.topics["uploads"].name}"
  depends_on  = [google_pubsub_topic_iam_member.uploads]
}

output "subscriptions" {
  description = "Name of each subscription, by the function that it feeds."
  value = { for function in local.messaging.functions : function => {
    for key, each in local.subscriptions : key => google_pubsub_subscription.subscriptions[key].name if each.function == function
  } }
}

output "stores" {
  description = "Where messages of each topic rest, and under which key."
  value = { for key, topic in google_pubsub_topic.topics : "topic ${key}" => {
    location = join(" ", sort(topic.message_storage_policy[0].allowed_persistence_regions)), kms_key = topic.kms_key_name, public = false
  } }
}

output "without_dead_letters" {
  description = "Subscriptions whose messages have no other place to go to."
  value       = [for name, each in google_pubsub_subscription.subscriptions : name if length(each.dead_letter_policy) == 0]
}
