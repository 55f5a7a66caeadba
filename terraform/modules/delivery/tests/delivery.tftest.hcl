mock_provider "google" {}

variables {
  project        = "redline-test"
  project_number = "1"
  repository     = "example/redline"
  environment    = "prod-eu"
  cluster        = { name = "eu-redline", location = "europe-west1" }
  registry       = { location = "europe", name = "redline" }
  attestor       = { name = "redline-released", note = "redline-released", key = "projects/redline-test/locations/europe/keyRings/eu-redline/cryptoKeys/attestor" }
}

run "one_repository_and_one_environment" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository == 'example/redline'"
    error_message = "Workflows of other repositories come in."
  }
  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "Somebody else than GitHub says who comes."
  }
  assert {
    condition = { for name, grant in google_service_account_iam_member.accounts : name => grant.member } == {
      deployer = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/attribute.environment/prod-eu"
    }
    error_message = "Another environment deploys here."
  }
}

run "workflows_find_what_they_ask_for" {
  command = plan
  variables {
    builder_environment = "build"
  }
  assert {
    condition     = toset(keys(output.settings["prod-eu"])) == toset(["WORKLOAD_IDENTITY_PROVIDER", "SERVICE_ACCOUNT", "CLUSTER", "LOCATION", "ATTESTOR_KEY_VERSION"])
    error_message = "deploy.yml asks for other variables."
  }
  assert {
    condition     = output.settings["build"].IMAGE == "europe-docker.pkg.dev/redline-test/redline/redline"
    error_message = "Images are built under another name than overlays have."
  }
}

run "it_deploys_and_does_nothing_else" {
  command = plan

  assert {
    condition     = toset([for grant in google_project_iam_member.deployer : grant.role]) == toset(["roles/container.developer", "roles/containeranalysis.occurrences.editor"])
    error_message = "The deployer may do more in the project."
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.drops) == 0
    error_message = "The deployer reaches documents."
  }
  assert {
    condition     = google_kms_crypto_key_iam_member.deployer.role == "roles/cloudkms.signerVerifier" && google_kms_crypto_key_iam_member.deployer.crypto_key_id == var.attestor.key
    error_message = "It cannot attest, or may do more with keys."
  }
}

run "who_builds_writes_images_only" {
  command = plan
  variables {
    builder_environment = "build"
    image_readers       = ["serviceAccount:redline-deployer@redline-prod-us.iam.gserviceaccount.com"]
  }
  assert {
    condition     = google_service_account_iam_member.accounts["builder"].member == "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/github/attribute.environment/build"
    error_message = "Another environment builds."
  }
  assert {
    condition     = google_artifact_registry_repository_iam_member.writers["builder"].role == "roles/artifactregistry.writer" && alltrue([for grant in google_artifact_registry_repository_iam_member.readers : grant.role == "roles/artifactregistry.reader"])
    error_message = "Somebody may do other things with images than they need."
  }
}

run "a_whole_organization_is_refused" {
  command = plan
  variables {
    repository = "example/*"
  }
  expect_failures = [var.repository]
}
