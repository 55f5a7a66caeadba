-- Which holds stand or stood, placed by whom, and why?
-- @at TIMESTAMP = now: whether they stood at this time
WITH placed AS (
  SELECT *, JSON_VALUE(details, '$.hold_id') AS hold_id
  FROM audit.events
  WHERE event_type = 'dev.redline.document.hold.placed.v1' AND event_time <= @at
),

released AS (
  SELECT JSON_VALUE(details, '$.hold_id') AS hold_id, MIN(event_time) AS released_at, MIN(actor) AS released_by
  FROM audit.events
  WHERE event_type = 'dev.redline.document.hold.released.v1' AND event_time <= @at
  GROUP BY 1
)

SELECT
  placed.document_id,
  placed.hold_id,
  released.released_at IS NULL AS stands,
  placed.event_time AS placed_at,
  placed.actor AS placed_by,
  JSON_VALUE(placed.details, '$.reason') AS reason,
  released.released_at,
  released.released_by
FROM placed
LEFT JOIN released ON placed.hold_id = released.hold_id
ORDER BY placed.event_time, placed.hold_id
