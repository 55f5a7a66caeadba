-- What was recorded more than once, tried again, or answered from an earlier result?
-- @since TIMESTAMP = 0001-01-01: recorded at this time or later
-- @until TIMESTAMP = 9999-12-31: recorded before this time
SELECT
  'duplicate' AS kind,
  event_id,
  event_type,
  NULLIF(document_id, '') AS document_id,
  MIN(recorded_at) AS recorded_at,
  COUNT(*) AS times,
  CAST(NULL AS STRING) AS instead_of
FROM audit.events_raw
GROUP BY event_id, event_type, document_id
HAVING COUNT(*) > 1 AND MIN(recorded_at) >= @since AND MIN(recorded_at) < @until
UNION ALL
SELECT
  'replay' AS kind,
  event_id,
  event_type,
  document_id,
  recorded_at,
  attempt AS times,
  pair_id AS instead_of
FROM audit.events
WHERE attempt > 1 AND recorded_at >= @since AND recorded_at < @until
UNION ALL
SELECT
  'dead letter replayed' AS kind,
  event_id,
  event_type,
  NULLIF(document_id, '') AS document_id,
  recorded_at,
  attempt AS times,
  JSON_VALUE(details, '$.letter_id') AS instead_of
FROM audit.events
WHERE
  event_type = 'dev.redline.message.replayed.v1'
  AND recorded_at >= @since
  AND recorded_at < @until
UNION ALL
SELECT
  'reused' AS kind,
  event_id,
  event_type,
  document_id,
  recorded_at,
  1 AS times,
  JSON_VALUE(details, '$.reused_from') AS instead_of
FROM audit.events
WHERE JSON_VALUE(details, '$.reused_from') IS NOT NULL AND recorded_at >= @since AND recorded_at < @until
ORDER BY recorded_at, kind, event_id
