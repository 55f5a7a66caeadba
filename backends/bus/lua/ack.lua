-- Remove the messages whose loans still stand.
-- KEYS: stream. ARGV: loans. Returns how many were removed.
local removed = 0
for _, loan in ipairs(ARGV) do
  local id = held(KEYS[1], loan)
  if id then
    remove(KEYS[1], id)
    removed = removed + 1
  end
end
return removed
