-- How long did each step take, by day: median and 95th percentile?
-- @since TIMESTAMP = 0001-01-01: began at this time or later
-- @until TIMESTAMP = 9999-12-31: began before this time
-- Milliseconds, waiting in the queue included. "audit" is the way from a fact to its row, "in all" the way from the
-- dropped file to what came of it.
WITH steps AS (
  SELECT event_day, event_time, REPLACE(source, '/functions/', '') AS step, caused_at AS began, emitted_at AS ended
  FROM audit.events
  UNION ALL
  SELECT event_day, event_time, 'audit' AS step, emitted_at AS began, recorded_at AS ended
  FROM audit.events
  UNION ALL
  SELECT event_day, event_time, 'in all' AS step, event_time AS began, emitted_at AS ended
  FROM audit.events
  WHERE event_type IN ('dev.redline.redline.completed.v1', 'dev.redline.redline.failed.v1') AND attempt = 1
),

timed AS (
  SELECT event_day, step, TIMESTAMP_DIFF(ended, began, MICROSECOND) / 1000 AS milliseconds
  FROM steps
  WHERE
    began IS NOT NULL
    AND ended IS NOT NULL
    AND event_time >= @since
    AND event_time < @until
    AND event_day BETWEEN DATE(@since) AND DATE(@until)
)

SELECT DISTINCT
  event_day,
  step,
  COUNT(*) OVER (PARTITION BY event_day, step) AS events,
  ROUND(PERCENTILE_CONT(milliseconds, 0.5) OVER (PARTITION BY event_day, step), 1) AS p50_ms,
  ROUND(PERCENTILE_CONT(milliseconds, 0.95) OVER (PARTITION BY event_day, step), 1) AS p95_ms,
  ROUND(MAX(milliseconds) OVER (PARTITION BY event_day, step), 1) AS max_ms
FROM timed
ORDER BY event_day, step
