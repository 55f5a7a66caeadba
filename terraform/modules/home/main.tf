# One home, in a project of its own: all that rests here of a document stays in its regions.

locals {
  agent = { for name, host in {
    storage  = "gs-project-accounts"
    pubsub   = "gcp-sa-pubsub"
    redis    = "cloud-redis"
    gke      = "container-engine-robot"
    compute  = "compute-system"
    registry = "gcp-sa-artifactregistry"
    secrets  = "gcp-sa-secretmanager"
  } : name => "serviceAccount:service-${var.settings.project_number}@${host}.iam.gserviceaccount.com" }
  bigquery_agent = "serviceAccount:bq-${var.settings.project_number}@bigquery-encryption.iam.gserviceaccount.com"
  logging_agent  = "serviceAccount:cmek-p${var.settings.project_number}@gcp-sa-logging.iam.gserviceaccount.com"

  # With a recovery region, what must outlive the loss of a region lies in both, under keys that do so too.
  wide    = var.settings.recovery == null ? { storage = var.settings.region, kms = var.settings.region } : var.settings.recovery.multi_region
  regions = var.settings.recovery == null ? [var.settings.region] : [var.settings.region, var.settings.recovery.region]

  wide_keys = {
    storage   = [local.agent.storage]
    pubsub    = [local.agent.pubsub]
    registry  = [local.agent.registry]
    documents = [] # no agent's: functions wrap the key of each document by it (modules/identity)
  }
  regional_keys = {
    bigquery = [local.bigquery_agent]
    redis    = [local.agent.redis]
    gke      = [local.agent.gke, local.agent.compute]
    logging  = [local.logging_agent]
    secrets  = [local.agent.secrets]
  }
  rings = var.settings.recovery == null ? { (var.settings.region) = merge(local.wide_keys, local.regional_keys) } : {
    (local.wide.kms)               = local.wide_keys
    (var.settings.region)          = local.regional_keys
    (var.settings.recovery.region) = local.regional_keys # for a cluster there, when it is needed
  }
}

module "kms" {
  source   = "../kms"
  for_each = local.rings

  project          = var.settings.project
  home             = var.home
  location         = each.key
  users            = each.value
  protection_level = var.settings.protection_level
}

module "pubsub" {
  source = "../pubsub"

  project        = var.settings.project
  project_number = var.settings.project_number
  home           = var.home
  prefix         = ""
  regions        = local.regions
  kms_key        = module.kms[local.wide.kms].keys["pubsub"]
}

module "storage" {
  source = "../storage"

  project        = var.settings.project
  home           = var.home
  location       = local.wide.storage
  data_locations = var.settings.recovery == null ? [] : [for region in local.regions : upper(region)]
  bucket_prefix  = "${var.settings.project}-"
  kms_key        = module.kms[local.wide.kms].keys["storage"]
  uploads_topic  = module.pubsub.uploads_topic
}

module "identity" {
  source = "../identity"

  project          = var.settings.project
  buckets          = module.storage.names
  topics           = module.pubsub.topics
  subscriptions    = module.pubsub.subscriptions
  custodians_group = var.organization.custodians_group
  users_group      = var.organization.users_group
  cache            = module.redis.cluster
  documents_key    = module.kms[local.wide.kms].keys["documents"]
}

module "bigquery" {
  source = "../bigquery"

  project       = var.settings.project
  home          = var.home
  location      = var.settings.region
  kms_key       = module.kms[var.settings.region].keys["bigquery"]
  audit_account = module.identity.functions["audit"]
  auditors      = var.organization.auditors
  buckets       = values(module.storage.names)
  access_logged = var.settings.access_logged
  recovery = var.settings.recovery == null ? null : {
    location = var.settings.recovery.region
    kms_key  = module.kms[var.settings.recovery.region].keys["bigquery"]
  }
}

module "scheduler" {
  source = "../scheduler"

  project        = var.settings.project
  project_number = var.settings.project_number
  home           = var.home
  region         = var.settings.region
  topic          = "projects/${var.settings.project}/topics/${module.pubsub.topics["clock"]}"
}

module "network" {
  source = "../network"

  project    = var.settings.project
  home       = var.home
  region     = var.settings.region
  range      = var.settings.range
  operators  = var.organization.operators
  vpn_secret = try(var.secrets.vpn[var.home], null)
}

module "redis" {
  source = "../redis"

  project   = var.settings.project
  home      = var.home
  region    = var.settings.region
  network   = module.network.with_redis
  node_type = var.settings.redis.node_type
  shards    = var.settings.redis.shards
  kms_key   = module.kms[var.settings.region].keys["redis"]
}

module "secrets" {
  source = "../secrets"

  project  = var.settings.project
  home     = var.home
  kms_keys = { for region in local.regions : region => module.kms[region].keys["secrets"] }
}

module "search" {
  source = "../search"
  count  = var.settings.elasticsearch == null ? 0 : 1

  project    = var.settings.project
  home       = var.home
  region     = var.settings.region
  network    = module.network.network
  subnetwork = module.network.subnetwork
  attachment = var.settings.elasticsearch.attachment
  zone       = var.settings.elasticsearch.zone
}

module "registry" {
  source = "../registry"

  project             = var.settings.project
  location            = local.wide.kms
  kms_key             = module.kms[local.wide.kms].keys["registry"]
  key_ring            = module.kms[local.wide.kms].ring
  attestor_public_key = var.settings.attestor_public_key
  trusted_images      = ["${local.wide.kms}-docker.pkg.dev/${var.settings.project}/redline/platform/*"]
}

module "gke" {
  source = "../gke"

  project             = var.settings.project
  home                = var.home
  region              = var.settings.region
  zones               = var.settings.zones
  network             = module.network.network
  subnetwork          = module.network.subnetwork
  control_plane_range = var.settings.control_plane_range
  operators_range     = var.organization.operators == null ? null : var.organization.operators.range
  security_group      = var.organization.security_group
  kms_key             = module.kms[var.settings.region].keys["gke"]
  registry            = module.registry.repository
  pools               = var.settings.pools
  delivered           = var.organization.repository != null
}

# Who builds, deploys and attests, where a repository delivers.
module "delivery" {
  source = "../delivery"
  count  = var.organization.repository == null ? 0 : 1

  project             = var.settings.project
  project_number      = var.settings.project_number
  repository          = var.organization.repository
  environment         = var.settings.delivery.environment
  builder_environment = var.settings.delivery.builder_environment
  image_readers       = var.settings.delivery.image_readers
  registry            = module.registry.repository
  attestor            = module.registry.attestor
  cluster             = { name = module.gke.cluster, location = var.settings.region }
  drops = var.settings.delivery.drops ? {
    (module.storage.names["uploads"])  = "roles/storage.objectUser" # a second version replaces the first
    (module.storage.names["redlines"]) = "roles/storage.objectViewer"
  } : {}
}

module "monitoring" {
  source = "../monitoring"

  project        = var.settings.project
  region         = var.settings.region
  kms_key        = module.kms[var.settings.region].keys["logging"]
  pagerduty_key  = var.secrets.pagerduty_key
  operators_mail = var.organization.operators_mail
}

module "budget" {
  source = "../budget"

  project         = var.settings.project
  project_number  = var.settings.project_number
  billing_account = var.organization.billing_account
  amount          = var.settings.budget
  channels        = module.monitoring.channels
}

module "edge" {
  source = "../edge"

  project         = var.settings.project
  project_number  = var.settings.project_number
  domains         = var.settings.domains
  allowed_ranges  = var.organization.allowed_ranges
  endpoint_groups = var.settings.endpoint_groups
  static_location = local.wide.storage
  kms_key         = module.kms[local.wide.kms].keys["storage"]
}

locals {
  stores = merge(
    module.storage.stores, module.pubsub.stores, module.bigquery.stores, module.redis.stores, module.secrets.stores,
    module.registry.stores, module.gke.stores, module.monitoring.stores, module.edge.stores
  )
}
