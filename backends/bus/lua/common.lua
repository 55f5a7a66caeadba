-- Shared by every script of the bus. One subscription has these keys:
--   stream   its messages, in a consumer group; a pending entry is a message on loan, its idle time the age of the lease
--   delayed  sorted set: messages that wait for a retry, packed, scored by the time (ms) they are due
--   turns    list of the tenants whose messages wait for their turn; of each one a list `turns:TENANT` of them, packed.
--            Only where tenants take turns: a few messages at a time join the stream, one of each tenant after the other
-- Fields of an entry: `data`, one `@name` per attribute, and for one that came back: `attempts` (deliveries of
-- earlier loans) and `published` (ms). A loan is named by entry id and delivery count, "1526919030474-55/2": whoever
-- lost its lease holds an older count, and its late answer changes nothing.
local GROUP = 'workers'
local CONSUMER = 'any'

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- The fields of an entry as a list, or nil when it is gone.
local function fields_of(stream, id)
  local entries = redis.call('XRANGE', stream, id, id)
  return entries[1] and entries[1][2]
end

local function get(fields, name)
  for i = 1, #fields, 2 do
    if fields[i] == name then return fields[i + 1] end
  end
end

-- A copy of the fields with some set anew.
local function with(fields, changes)
  local result = {}
  for i = 1, #fields, 2 do
    if changes[fields[i]] == nil then
      result[#result + 1] = fields[i]
      result[#result + 1] = fields[i + 1]
    end
  end
  for name, value in pairs(changes) do
    result[#result + 1] = name
    result[#result + 1] = value
  end
  return result
end

local function published(id, fields)
  return get(fields, 'published') or string.match(id, '^%d+')
end

-- How often the entry was delivered: on its loans before, and `count` times on this one.
local function attempts(fields, count)
  return tonumber(get(fields, 'attempts') or 0) + count
end

-- Entry id of a loan when it still stands, or nil.
local function held(stream, loan)
  local id, count = string.match(loan, '^(.+)/(%d+)$')
  local pending = redis.call('XPENDING', stream, GROUP, id, id, 1)
  if pending[1] and pending[1][4] == tonumber(count) then
    return id, tonumber(count)
  end
end

local function remove(stream, id)
  redis.call('XACK', stream, GROUP, id)
  redis.call('XDEL', stream, id)
end

-- Move an entry to the dead letters: to the stream of every subscription there.
local function bury(stream, id, fields, targets, source, delivered, reason)
  local letter = with(fields, {
    ['attempts'] = '0',
    ['published'] = published(id, fields),
    ['@CloudPubSubDeadLetterSourceSubscription'] = source,
    ['@CloudPubSubDeadLetterSourceDeliveryCount'] = tostring(delivered),
    ['@reason'] = reason,
  })
  for _, target in ipairs(targets) do
    redis.call('XADD', target, '*', unpack(letter))
  end
  remove(stream, id)
end

-- Let messages that wait for their turn join the stream until it has `most` that nobody has read.
local function take_turns(stream, turns, most)
  local unread = redis.call('XLEN', stream) - redis.call('XPENDING', stream, GROUP)[1]
  while unread < most do
    local tenant = redis.call('LPOP', turns)
    if not tenant then return end
    local line = turns .. ':' .. tenant
    redis.call('XADD', stream, '*', unpack(cmsgpack.unpack(redis.call('LPOP', line))))
    if redis.call('EXISTS', line) == 1 then redis.call('RPUSH', turns, tenant) end
    unread = unread + 1
  end
end
