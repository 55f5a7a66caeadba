-- Which documents are kept for longer than they should be?
-- @days INT64: days after its last version for which a document is kept
-- @at TIMESTAMP = now: as of this time
WITH kept AS (
  SELECT document_id, tenant, MAX(generation) AS generation, MAX(event_time) AS last_version_at
  FROM audit.events
  WHERE
    event_type IN ('dev.redline.document.normalized.v1', 'dev.redline.document.unchanged.v1')
    AND event_time <= @at
  GROUP BY document_id, tenant
),

erased AS (
  SELECT document_id, MAX(generation) AS generation
  FROM audit.events
  WHERE event_type = 'dev.redline.document.erased.v1' AND event_time <= @at
  GROUP BY document_id
),

released AS (
  SELECT JSON_VALUE(details, '$.hold_id') AS hold_id
  FROM audit.events
  WHERE event_type = 'dev.redline.document.hold.released.v1' AND event_time <= @at
),

held AS (
  SELECT DISTINCT document_id
  FROM audit.events
  WHERE
    event_type = 'dev.redline.document.hold.placed.v1'
    AND event_time <= @at
    AND JSON_VALUE(details, '$.hold_id') NOT IN (SELECT hold_id FROM released)
)

SELECT
  kept.document_id,
  kept.tenant,
  kept.last_version_at,
  TIMESTAMP_DIFF(@at, kept.last_version_at, DAY) AS days_kept,
  held.document_id IS NOT NULL AS on_hold
FROM kept
LEFT JOIN erased ON kept.document_id = erased.document_id
LEFT JOIN held ON kept.document_id = held.document_id
WHERE
  TIMESTAMP_DIFF(@at, kept.last_version_at, DAY) >= @days
  AND (erased.generation IS NULL OR erased.generation < kept.generation)
ORDER BY kept.last_version_at, kept.document_id
