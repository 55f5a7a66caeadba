-- Lease messages: due retries first join the stream, then ended leases are taken over, then new messages are read.
-- KEYS: stream, delayed, turns, dead-letter streams...
-- ARGV: most messages to lease, lease (ms), most attempts, name of the subscription
-- Returns {leased, wake}: leased is a list of {entry id, delivery count, fields}; wake is in how many ms a retry is
-- due or a lease ends, -1 when neither waits.
local stream, delayed, turns = KEYS[1], KEYS[2], KEYS[3]
local most, lease, max_attempts, name = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local graves = {unpack(KEYS, 4)}
local now = now_ms()

for _, packed in ipairs(redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, most)) do
  redis.call('XADD', stream, '*', unpack(cmsgpack.unpack(packed)))
  redis.call('ZREM', delayed, packed)
end

local leased = {}
for _, pending in ipairs(redis.call('XPENDING', stream, GROUP, 'IDLE', lease, '-', '+', most)) do
  local id, count = pending[1], pending[4]
  local fields = fields_of(stream, id)
  if not fields then
    remove(stream, id)
  elseif #graves > 0 and attempts(fields, count) >= max_attempts then
    bury(stream, id, fields, graves, name, attempts(fields, count), 'the lease ended without an answer')
  else
    redis.call('XCLAIM', stream, GROUP, CONSUMER, 0, id)
    leased[#leased + 1] = {id, count + 1, fields}
  end
end

if #leased < most then
  take_turns(stream, turns, most - #leased)
  local read = redis.call('XREADGROUP', 'GROUP', GROUP, CONSUMER, 'COUNT', most - #leased, 'STREAMS', stream, '>')
  for _, entry in ipairs(read and read[1] and read[1][2] or {}) do
    leased[#leased + 1] = {entry[1], 1, entry[2]}
  end
end

local wake = -1
if #leased == 0 then
  local due = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  if due[2] then wake = math.max(tonumber(due[2]) - now, 0) end
  for _, pending in ipairs(redis.call('XPENDING', stream, GROUP, '-', '+', 100)) do
    local left = math.max(lease - pending[3], 0)
    if wake < 0 or left < wake then wake = left end
  end
end
return {leased, wake}
