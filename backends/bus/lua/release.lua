-- End every lease of a subscription whose pullers are all gone, and do not count these deliveries.
-- KEYS: stream. Returns how many were ended.
local stream = KEYS[1]
local ended = 0
while true do
  local pending = redis.call('XPENDING', stream, GROUP, '-', '+', 100)
  for _, loan in ipairs(pending) do
    local id, count = loan[1], loan[4]
    local fields = fields_of(stream, id)
    if fields then
      redis.call('XADD', stream, '*', unpack(with(fields, {
        ['attempts'] = tostring(attempts(fields, count) - 1), ['published'] = published(id, fields),
      })))
    end
    remove(stream, id)
    ended = ended + 1
  end
  if #pending < 100 then return ended end
end
