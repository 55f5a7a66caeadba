-- What was erased, when, at whose request, and why?
-- @since TIMESTAMP = 0001-01-01: asked for at this time or later
-- @until TIMESTAMP = 9999-12-31: asked for before this time
SELECT
  document_id,
  generation AS up_to_generation,
  TIMESTAMP(JSON_VALUE(details, '$.requested_at')) AS requested_at,
  TIMESTAMP(JSON_VALUE(details, '$.completed_at')) AS completed_at,
  SAFE_CAST(JSON_VALUE(details, '$.versions') AS INT64) AS versions,
  SAFE_CAST(JSON_VALUE(details, '$.redlines') AS INT64) AS redlines,
  actor,
  actor_source,
  JSON_VALUE(details, '$.reason') AS reason
FROM audit.events
WHERE
  event_type = 'dev.redline.document.erased.v1'
  AND event_time >= @since
  AND event_time < @until
  AND event_day BETWEEN DATE(@since) AND DATE(@until)
ORDER BY event_time, event_id
