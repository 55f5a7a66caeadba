-- Start the leases of the loans that still stand anew; JUSTID keeps their delivery counts.
-- KEYS: stream. ARGV: loans. Returns how many were renewed.
local renewed = 0
for _, loan in ipairs(ARGV) do
  local id = held(KEYS[1], loan)
  if id then
    redis.call('XCLAIM', KEYS[1], GROUP, CONSUMER, 0, id, 'JUSTID')
    renewed = renewed + 1
  end
end
return renewed
