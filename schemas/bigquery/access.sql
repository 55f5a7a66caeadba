-- The view audit.access: who read, wrote or removed which object, from the Cloud Audit Logs of the buckets.
-- The objects that the pipeline writes have the document's id in their names. An upload is named by its path, which the
-- trail does not know: its document is that of the version whose generation, the time of its making in microseconds,
-- lies nearest within five seconds; `candidates` tells how many versions lie there, and one is certain. What else was
-- done with an object of that name is about the same document.
WITH log AS (
  SELECT
    insertId AS insert_id,
    timestamp AS accessed_at,
    protopayload_auditlog.authenticationInfo.principalEmail AS principal,
    protopayload_auditlog.methodName AS method,
    resource.labels.bucket_name AS bucket,
    REGEXP_EXTRACT(protopayload_auditlog.resourceName, r'/objects/(.+)$') AS object,
    protopayload_auditlog.requestMetadata.callerIp AS caller_ip,
    COALESCE(protopayload_auditlog.status.code, 0) AS status_code
  FROM access.cloudaudit_googleapis_com_data_access
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY timestamp, insertId) = 1 -- Cloud Logging may export an entry twice
),

versions AS (
  SELECT DISTINCT tenant, document_id, generation, TIMESTAMP_MICROS(generation) AS made_at
  FROM audit.events
  WHERE
    event_type IN (
      'dev.redline.document.normalized.v1',
      'dev.redline.document.unchanged.v1',
      'dev.redline.document.rejected.v1'
    )
),

uploads AS (
  SELECT
    log.insert_id,
    log.bucket,
    log.object,
    versions.tenant,
    versions.document_id,
    versions.generation,
    COUNT(*) OVER (PARTITION BY log.insert_id) AS candidates
  FROM log
  INNER JOIN versions
    ON versions.made_at BETWEEN TIMESTAMP_SUB(log.accessed_at, INTERVAL 5 SECOND)
      AND TIMESTAMP_ADD(log.accessed_at, INTERVAL 5 SECOND)
  WHERE
    log.method = 'storage.objects.create'
    AND log.status_code = 0
    AND NOT REGEXP_CONTAINS(log.object, r'(^|/)[0-9a-f]{32}([/.]|$)')
  QUALIFY ROW_NUMBER() OVER (
    PARTITION BY log.insert_id
    ORDER BY ABS(TIMESTAMP_DIFF(versions.made_at, log.accessed_at, MICROSECOND))
  ) = 1
),

names AS (
  SELECT bucket, object, tenant, document_id
  FROM uploads
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY bucket, object ORDER BY candidates, generation) = 1
)

SELECT
  log.accessed_at,
  log.principal,
  log.method,
  log.bucket,
  log.object,
  log.caller_ip,
  log.status_code,
  COALESCE(REGEXP_EXTRACT(log.object, r'(?:^|/)([0-9a-f]{32})(?:[/.]|$)'), uploads.document_id, names.document_id)
    AS document_id,
  uploads.generation,
  uploads.candidates
FROM log
LEFT JOIN uploads ON uploads.insert_id = log.insert_id
LEFT JOIN names ON names.bucket = log.bucket AND names.object = log.object
