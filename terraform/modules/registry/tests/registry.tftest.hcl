mock_provider "google" {}

variables {
  project             = "redline-test"
  location            = "us"
  kms_key             = "projects/redline-test/locations/us/keyRings/images/cryptoKeys/registry"
  key_ring            = "projects/redline-test/locations/us/keyRings/images"
  attestor_public_key = "-----BEGIN PUBLIC KEY-----"
}

run "images_are_encrypted_and_stay_what_they_are" {
  command = plan

  assert {
    condition     = google_artifact_registry_repository.images.kms_key_name == var.kms_key
    error_message = "Images are not encrypted with our key."
  }
  assert {
    condition     = google_artifact_registry_repository.images.docker_config[0].immutable_tags
    error_message = "A tag could be moved to another image."
  }
}

run "only_attested_images_run" {
  command = plan

  assert {
    condition = (
      google_binary_authorization_policy.policy.default_admission_rule[0].evaluation_mode == "REQUIRE_ATTESTATION"
      && google_binary_authorization_policy.policy.default_admission_rule[0].enforcement_mode == "ENFORCED_BLOCK_AND_AUDIT_LOG"
    )
    error_message = "Images that nobody attested would run."
  }
  assert {
    condition     = toset(google_binary_authorization_policy.policy.default_admission_rule[0].require_attestations_by) == toset(["redline-released"])
    error_message = "Somebody else attests."
  }
}

run "a_pattern_for_everything_is_refused" {
  command = plan
  variables {
    trusted_images = ["*"]
  }
  expect_failures = [var.trusted_images]
}
