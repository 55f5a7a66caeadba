-- What waits in a subscription.
-- KEYS: stream, delayed, turns. Returns {ready, leased, delayed, age of the oldest (ms)}.
-- A message that came back lies behind others until it is pulled: the age is that of the oldest among the head of the
-- stream, the delayed ones, and the heads of the tenants' lines.
local stream, delayed, turns = KEYS[1], KEYS[2], KEYS[3]
local now = now_ms()
local leased = redis.call('XPENDING', stream, GROUP)[1]
local oldest = now
local head = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
if head then oldest = math.min(oldest, tonumber(published(head[1], head[2]))) end
for _, packed in ipairs(redis.call('ZRANGE', delayed, 0, -1)) do
  oldest = math.min(oldest, tonumber(get(cmsgpack.unpack(packed), 'published')))
end
local waiting = 0
for _, tenant in ipairs(redis.call('LRANGE', turns, 0, -1)) do
  local line = turns .. ':' .. tenant
  waiting = waiting + redis.call('LLEN', line)
  oldest = math.min(oldest, tonumber(get(cmsgpack.unpack(redis.call('LINDEX', line, 0)), 'published')))
end
return {redis.call('XLEN', stream) - leased + waiting, leased, redis.call('ZCARD', delayed), now - oldest}
