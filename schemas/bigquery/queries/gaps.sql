-- Is there a gap or an edit in the trail between T1 and T2?
-- @since TIMESTAMP = 0001-01-01: recorded at this time or later
-- @until TIMESTAMP = 9999-12-31: recorded before this time
-- Rows whose link to the row before is broken, as the hashes tell. SQL cannot compute the hash of a row anew:
-- redline audit does it beside the query, and redline audit verify for the whole trail.
WITH links AS (
  SELECT
    segment,
    position,
    recorded_at,
    event_id,
    previous_hash,
    LAG(position, 1, 0) OVER chain AS position_before,
    LAG(row_hash, 1, '') OVER chain AS hash_before,
    LAG(recorded_at) OVER chain AS recorded_before
  FROM audit.events_raw
  WINDOW chain AS (PARTITION BY segment ORDER BY position, recorded_at)
)

SELECT
  segment,
  position,
  recorded_before,
  recorded_at,
  event_id,
  position - position_before - 1 AS missing_rows,
  CASE
    WHEN position > position_before + 1 THEN 'rows were removed before this one'
    WHEN position = position_before THEN 'two rows stand in one place'
    ELSE 'the row before this one is not the one that was written'
  END AS finding
FROM links
WHERE
  (position != position_before + 1 OR previous_hash != hash_before)
  AND recorded_at >= @since
  AND COALESCE(recorded_before, recorded_at) < @until
ORDER BY segment, position, recorded_at
