-- What waits in a subscription.
-- KEYS: stream, delayed. Returns {ready, leased, delayed, age of the oldest (ms)}.
-- A message that came back lies behind others until it is pulled: the age is that of the head of the stream or of the
-- oldest of the delayed ones, whichever is older.
local stream, delayed = KEYS[1], KEYS[2]
local now = now_ms()
local leased = redis.call('XPENDING', stream, GROUP)[1]
local oldest = now
local head = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
if head then oldest = math.min(oldest, tonumber(published(head[1], head[2]))) end
for _, packed in ipairs(redis.call('ZRANGE', delayed, 0, -1)) do
  oldest = math.min(oldest, tonumber(get(cmsgpack.unpack(packed), 'published')))
end
return {redis.call('XLEN', stream) - leased, leased, redis.call('ZCARD', delayed), now - oldest}
