-- Publish a message to a subscription whose tenants take turns.
-- KEYS: stream, delayed, turns. ARGV: tenant, fields...
-- A few messages are put into the stream at once: whoever waits for one to read wakes by that.
local AT_HAND = 4
local stream, turns = KEYS[1], KEYS[3]
local fields = {unpack(ARGV, 2)}
fields[#fields + 1] = 'published'
fields[#fields + 1] = string.format('%d', now_ms())
if redis.call('EXISTS', stream) == 0 then
  redis.call('XGROUP', 'CREATE', stream, GROUP, '0', 'MKSTREAM')
end
if redis.call('RPUSH', turns .. ':' .. ARGV[1], cmsgpack.pack(fields)) == 1 then
  redis.call('RPUSH', turns, ARGV[1])
end
take_turns(stream, turns, AT_HAND)
