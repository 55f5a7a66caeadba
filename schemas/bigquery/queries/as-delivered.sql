-- Is redline R byte for byte what was delivered?
-- @redline STRING: id of the pair or of the event, or SHA-256 of the Word file
-- The recorded SHA-256 of each object of the redline; redline audit compares it with the object itself.
SELECT
  pair_id,
  attempt,
  made.name AS output,
  JSON_VALUE(made.reference, '$.bucket') AS bucket,
  JSON_VALUE(made.reference, '$.object') AS object,
  SAFE_CAST(JSON_VALUE(made.reference, '$.generation') AS INT64) AS generation,
  SAFE_CAST(JSON_VALUE(made.reference, '$.size') AS INT64) AS size,
  JSON_VALUE(made.reference, '$.sha256') AS sha256
FROM audit.events
CROSS JOIN UNNEST([
  STRUCT('redline' AS name, JSON_QUERY(outputs, '$.redline') AS reference),
  STRUCT('html' AS name, JSON_QUERY(outputs, '$.html') AS reference),
  STRUCT('changes' AS name, JSON_QUERY(outputs, '$.changes') AS reference),
  STRUCT('summary' AS name, JSON_QUERY(outputs, '$.summary_object') AS reference)
]) AS made
WHERE
  event_type = 'dev.redline.redline.completed.v1'
  AND (pair_id = @redline OR event_id = @redline OR JSON_VALUE(outputs, '$.redline.sha256') = @redline)
  AND made.reference IS NOT NULL
ORDER BY attempt, emitted_at, event_id, made.name
