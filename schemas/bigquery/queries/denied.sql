-- What was asked for and denied, and why?
-- @since TIMESTAMP = 0001-01-01: asked for at this time or later
-- @until TIMESTAMP = 9999-12-31: asked for before this time
SELECT
  event_time,
  event_type,
  tenant,
  NULLIF(document_id, '') AS document_id,
  batch_id,
  code,
  message,
  JSON_QUERY(details, '$.items') AS items,
  actor,
  actor_source,
  trace_id
FROM audit.events
WHERE
  event_type IN (
    'dev.redline.redline.request.rejected.v1',
    'dev.redline.document.erasure.refused.v1',
    'dev.redline.document.hold.refused.v1'
  )
  AND event_time >= @since
  AND event_time < @until
  AND event_day BETWEEN DATE(@since) AND DATE(@until)
ORDER BY event_time, event_id
