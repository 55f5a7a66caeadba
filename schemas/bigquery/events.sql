-- The view audit.events: one row per event. A redelivery may record an event again; the first recorded row stays.
-- Every row of an event has the same values in the columns that are partitioned by, so a filter on any of them reaches
-- the table.
SELECT *
FROM audit.events_raw
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY event_day, tenant, document_id, event_type, source, event_id
  ORDER BY recorded_at, segment, position
) = 1
