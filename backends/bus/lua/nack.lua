-- Give a message back: it waits for its retry, or after the last attempt it goes to the dead letters.
-- KEYS: stream, delayed, turns, dead-letter streams...
-- ARGV: loan, first backoff (ms), longest backoff (ms), most attempts, name of the subscription, reason
-- Returns 'lost' when the loan stands no more, else 'delayed' or 'dead'.
local stream, delayed = KEYS[1], KEYS[2]
local graves = {unpack(KEYS, 4)}
local id, count = held(stream, ARGV[1])
if not id then return 'lost' end
local fields = fields_of(stream, id)
if not fields then
  remove(stream, id)
  return 'lost'
end
local delivered = attempts(fields, count)
if #graves > 0 and delivered >= tonumber(ARGV[4]) then
  bury(stream, id, fields, graves, ARGV[5], delivered, ARGV[6])
  return 'dead'
end
local backoff = math.min(tonumber(ARGV[3]), tonumber(ARGV[2]) * 2 ^ math.min(delivered - 1, 30))
local packed = cmsgpack.pack(with(fields, {
  ['attempts'] = tostring(delivered), ['published'] = published(id, fields), ['loan'] = ARGV[1],
}))
redis.call('ZADD', delayed, now_ms() + math.ceil(backoff), packed)
remove(stream, id)
return 'delayed'
