-- What failed or was degraded, and why?
-- @since TIMESTAMP = 0001-01-01: began at this time or later
-- @until TIMESTAMP = 9999-12-31: began before this time
WITH judged AS (
  SELECT
    *,
    CASE
      WHEN event_type = 'dev.redline.redline.failed.v1' THEN 'failed'
      WHEN event_type = 'dev.redline.document.rejected.v1' THEN 'rejected'
      WHEN event_type = 'dev.redline.redline.batch.completed.v1' THEN 'timed out'
      WHEN JSON_VALUE(details, '$.coverage.degraded[0]') IS NOT NULL THEN 'degraded'
      ELSE 'not tracked in full'
    END AS outcome
  FROM audit.events
  WHERE
    event_type IN ('dev.redline.redline.failed.v1', 'dev.redline.document.rejected.v1')
    OR (
      event_type = 'dev.redline.redline.completed.v1'
      AND (
        JSON_VALUE(details, '$.coverage.complete') = 'false'
        OR JSON_VALUE(details, '$.coverage.degraded[0]') IS NOT NULL
      )
    )
    OR (
      event_type = 'dev.redline.redline.batch.completed.v1'
      AND SAFE_CAST(JSON_VALUE(details, '$.timed_out') AS INT64) > 0
    )
)

SELECT
  event_time,
  outcome,
  NULLIF(document_id, '') AS document_id,
  generation,
  pair_id,
  batch_id,
  attempt,
  code,
  message,
  JSON_QUERY(details, '$.coverage.degraded') AS degraded,
  JSON_QUERY(details, '$.coverage.not_tracked') AS not_tracked,
  engine_version,
  trace_id
FROM judged
WHERE
  event_time >= @since
  AND event_time < @until
  AND event_day BETWEEN DATE(@since) AND DATE(@until)
ORDER BY event_time, event_id
