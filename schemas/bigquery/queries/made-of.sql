-- Which inputs, options and engine version made redline R?
-- @redline STRING: id of the pair or of the event, or SHA-256 of the Word file
SELECT
  pair_id,
  attempt,
  document_id,
  before_generation,
  after_generation,
  engine_version,
  options,
  JSON_VALUE(inputs, '$.before.sha256') AS before_sha256,
  JSON_VALUE(inputs, '$.after.sha256') AS after_sha256,
  JSON_VALUE(outputs, '$.redline.sha256') AS redline_sha256,
  JSON_VALUE(details, '$.reused_from') AS reused_from,
  inputs,
  event_id,
  emitted_at
FROM audit.events
WHERE
  event_type = 'dev.redline.redline.completed.v1'
  AND (pair_id = @redline OR event_id = @redline OR JSON_VALUE(outputs, '$.redline.sha256') = @redline)
ORDER BY attempt, emitted_at, event_id
