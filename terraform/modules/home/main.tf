# One home, in a project of its own: all that rests here of a document stays in its regions.

locals {
  agent = { for name, host in {
    storage  = "gs-project-accounts"
    pubsub   = "gcp-sa-pubsub"
    redis    = "cloud-redis"
    gke      = "container-engine-robot"
    compute  = "compute-system"
    registry = "gcp-sa-artifactregistry"
  } : name => "serviceAccount:service-${var.project_number}@${host}.iam.gserviceaccount.com" }
  bigquery_agent = "serviceAccount:bq-${var.project_number}@bigquery-encryption.iam.gserviceaccount.com"
  logging_agent  = "serviceAccount:cmek-p${var.project_number}@gcp-sa-logging.iam.gserviceaccount.com"

  # With a recovery region, what must outlive the loss of a region lies in both, under keys that do so too.
  wide    = var.recovery == null ? { storage = var.region, kms = var.region } : var.recovery.multi_region
  regions = var.recovery == null ? [var.region] : [var.region, var.recovery.region]

  wide_keys = {
    storage  = [local.agent.storage]
    pubsub   = [local.agent.pubsub]
    registry = [local.agent.registry]
  }
  regional_keys = {
    bigquery = [local.bigquery_agent]
    redis    = [local.agent.redis]
    gke      = [local.agent.gke, local.agent.compute]
    logging  = [local.logging_agent]
  }
  rings = var.recovery == null ? { (var.region) = merge(local.wide_keys, local.regional_keys) } : {
    (local.wide.kms)      = local.wide_keys
    (var.region)          = local.regional_keys
    (var.recovery.region) = local.regional_keys # for a cluster there, when it is needed
  }
}

module "kms" {
  source   = "../kms"
  for_each = local.rings

  project          = var.project
  home             = var.home
  location         = each.key
  users            = each.value
  protection_level = var.protection_level
}

module "pubsub" {
  source = "../pubsub"

  project        = var.project
  project_number = var.project_number
  home           = var.home
  prefix         = ""
  regions        = local.regions
  kms_key        = module.kms[local.wide.kms].keys["pubsub"]
}

module "storage" {
  source = "../storage"

  project        = var.project
  home           = var.home
  location       = local.wide.storage
  data_locations = var.recovery == null ? [] : [for region in local.regions : upper(region)]
  bucket_prefix  = "${var.project}-"
  kms_key        = module.kms[local.wide.kms].keys["storage"]
  uploads_topic  = module.pubsub.uploads_topic
}

module "identity" {
  source = "../identity"

  project          = var.project
  buckets          = module.storage.names
  topics           = module.pubsub.topics
  subscriptions    = module.pubsub.subscriptions
  custodians_group = var.custodians_group
}

module "bigquery" {
  source = "../bigquery"

  project       = var.project
  home          = var.home
  location      = var.region
  kms_key       = module.kms[var.region].keys["bigquery"]
  audit_account = module.identity.functions["audit"]
  auditors      = var.auditors
  buckets       = values(module.storage.names)
  recovery = var.recovery == null ? null : {
    location = var.recovery.region
    kms_key  = module.kms[var.recovery.region].keys["bigquery"]
  }
}

module "scheduler" {
  source = "../scheduler"

  project        = var.project
  project_number = var.project_number
  home           = var.home
  region         = var.region
  topic          = "projects/${var.project}/topics/${module.pubsub.topics["clock"]}"
}

module "network" {
  source = "../network"

  project    = var.project
  home       = var.home
  region     = var.region
  range      = var.range
  operators  = var.operators
  vpn_secret = var.vpn_secret
}

module "redis" {
  source = "../redis"

  project   = var.project
  home      = var.home
  region    = var.region
  network   = module.network.private_services
  memory_gb = var.redis_gb
  kms_key   = module.kms[var.region].keys["redis"]
}

module "registry" {
  source = "../registry"

  project             = var.project
  location            = local.wide.kms
  kms_key             = module.kms[local.wide.kms].keys["registry"]
  key_ring            = module.kms[local.wide.kms].ring
  attestor_public_key = var.attestor_public_key
  trusted_images      = ["${local.wide.kms}-docker.pkg.dev/${var.project}/redline/platform/*"]
}

module "gke" {
  source = "../gke"

  project             = var.project
  home                = var.home
  region              = var.region
  zones               = var.zones
  network             = module.network.network
  subnetwork          = module.network.subnetwork
  control_plane_range = var.control_plane_range
  operators_range     = var.operators == null ? null : var.operators.range
  security_group      = var.security_group
  kms_key             = module.kms[var.region].keys["gke"]
  registry            = module.registry.repository
  pools               = var.pools
}

module "monitoring" {
  source = "../monitoring"

  project        = var.project
  region         = var.region
  kms_key        = module.kms[var.region].keys["logging"]
  pagerduty_key  = var.pagerduty_key
  operators_mail = var.operators_mail
}

module "budget" {
  source = "../budget"

  project         = var.project
  project_number  = var.project_number
  billing_account = var.billing_account
  amount          = var.budget
  channels        = module.monitoring.channels
}

module "edge" {
  source = "../edge"

  project         = var.project
  project_number  = var.project_number
  domains         = var.domains
  allowed_ranges  = var.allowed_ranges
  static_location = local.wide.storage
  kms_key         = module.kms[local.wide.kms].keys["storage"]
}
