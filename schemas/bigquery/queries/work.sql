-- How much work was done for each tenant, by day?
-- @since TIMESTAMP = 0001-01-01: began at this time or later
-- @until TIMESTAMP = 9999-12-31: began before this time
SELECT
  tenant,
  event_day,
  COUNT(DISTINCT NULLIF(document_id, '')) AS documents,
  COUNTIF(event_type IN ('dev.redline.document.normalized.v1', 'dev.redline.document.unchanged.v1')) AS versions,
  COUNTIF(event_type = 'dev.redline.document.rejected.v1') AS versions_rejected,
  SUM(SAFE_CAST(JSON_VALUE(inputs, '$.source.size') AS INT64)) AS bytes_taken,
  COUNTIF(event_type = 'dev.redline.redline.completed.v1') AS redlines,
  COUNTIF(event_type = 'dev.redline.redline.failed.v1') AS redlines_failed,
  COUNTIF(JSON_VALUE(details, '$.reused_from') IS NOT NULL) AS redlines_reused,
  SUM(
    SAFE_CAST(JSON_VALUE(details, '$.summary.words_before') AS INT64)
    + SAFE_CAST(JSON_VALUE(details, '$.summary.words_after') AS INT64)
  ) AS words_compared,
  COUNTIF(event_type = 'dev.redline.redline.batch.completed.v1') AS batches
FROM audit.events
WHERE
  event_time >= @since
  AND event_time < @until
  AND event_day BETWEEN DATE(@since) AND DATE(@until)
GROUP BY tenant, event_day
ORDER BY tenant, event_day
