# Images, and the rule that only attested ones run.

resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.location
  repository_id = "redline"
  format        = "DOCKER"
  kms_key_name  = var.kms_key

  docker_config {
    immutable_tags = true
  }

  cleanup_policy_dry_run = false

  cleanup_policies {
    id     = "keep-releases"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "7776000s"
    }
  }

  vulnerability_scanning_config {
    enablement_config = "INHERITED"
  }
}

resource "google_kms_crypto_key" "attestor" {
  name     = "attestor"
  key_ring = var.key_ring
  purpose  = "ASYMMETRIC_SIGN"

  version_template {
    algorithm        = "EC_SIGN_P256_SHA256"
    protection_level = "HSM"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_container_analysis_note" "attestor" {
  project = var.project
  name    = "redline-released"

  attestation_authority {
    hint {
      human_readable_name = "Built and tested by the release pipeline"
    }
  }
}

resource "google_binary_authorization_attestor" "released" {
  project = var.project
  name    = "redline-released"

  attestation_authority_note {
    note_reference = google_container_analysis_note.attestor.name

    public_keys {
      id = "//cloudkms.googleapis.com/v1/${google_kms_crypto_key.attestor.id}/cryptoKeyVersions/1"
      pkix_public_key {
        public_key_pem      = var.attestor_public_key
        signature_algorithm = "ECDSA_P256_SHA256"
      }
    }
  }
}

resource "google_binary_authorization_policy" "policy" {
  project                       = var.project
  global_policy_evaluation_mode = "ENABLE" # Google's own system images

  default_admission_rule {
    evaluation_mode         = "REQUIRE_ATTESTATION"
    enforcement_mode        = var.enforce ? "ENFORCED_BLOCK_AND_AUDIT_LOG" : "DRYRUN_AUDIT_LOG_ONLY"
    require_attestations_by = [google_binary_authorization_attestor.released.name]
  }

  # Knative, KEDA, Flagger and the collectors, as mirrored into this registry by digest.
  dynamic "admission_whitelist_patterns" {
    for_each = var.trusted_images
    content {
      name_pattern = admission_whitelist_patterns.value
    }
  }
}
