-- Who touched document X, when, and how?
-- @document STRING: id of the document
SELECT
  event_time,
  emitted_at,
  event_type,
  generation,
  before_generation,
  after_generation,
  attempt,
  code,
  actor,
  actor_source,
  source,
  trace_id
FROM audit.events
WHERE document_id = @document OR JSON_VALUE(details, '$.before_document_id') = @document
ORDER BY event_time, emitted_at, recorded_at, event_id
