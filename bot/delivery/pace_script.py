"""The scripts in Redis that decide who may send when. All moments are microseconds of Redis' own clock."""

from __future__ import annotations

# What the answers of TAKE mean.
GRANTED = 1
CHANNEL_WAITS = 0
CHAT_WAITS = -1

# A lane that waits gets a slot at the latest after so many went to lanes above it. Replies to people stand between an
# emergency's and the rest, and must not wait for ten thousand of them; the others keep a small share, so that they end one day.
SHARES = {2: 3, 3: 10, 4: 20}

_SHARES_LUA = ", ".join(f"[{lane}] = {after}" for lane, after in SHARES.items())

# The window counts a message from its slot until one span after the moment at which it must have reached the server: that
# is known once the answer is there (answer minus the shortest way there and back that was ever seen). Until then the
# usual spread of answers is assumed. So the server never sees more than its limit within any span, whatever the jitter,
# and nothing is given away where there is none.
#
# The span is a second, made longer by a margin that is learned: it begins near 0.95, creeps up in each second that uses the limit
# without a refusal, and steps back at once (REFUSED below).
#
# KEYS: state of the channel (a hash; other keys are made from its name), pause of the channel (likewise)
# ARGV: messages a second (0: no limit), how far ahead a slot may lie, spread of answers, number of finished,
#   finished: (permit, moment by which it has reached the server, as its age)*,
#   demands, the higher lanes first: (permit, lane 1 to 4, cost, interval of the chat, messages a minute of the chat or 0, chat)*
# Returns for each demand what became of it and how long to wait, in the order given.
TAKE = (
    """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local state, window, pause = KEYS[1], KEYS[1] .. ':window', KEYS[2]
local rate, ahead, spread = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local shares = {"""
    + _SHARES_LUA
    + """}
local known = redis.call('HMGET', state, 'margin', 'raised', 'last', 'ceiling',
  'want1', 'want2', 'want3', 'want4', 'since1', 'since2', 'since3', 'since4', 'stepped')
local margin, raised = tonumber(known[1] or '0.96'), tonumber(known[2] or '0')
local last, ceiling = tonumber(known[3] or '0'), tonumber(known[4] or '1')
local want, since = {}, {}
for lane = 1, 4 do
  want[lane], since[lane] = tonumber(known[4 + lane] or '0'), tonumber(known[8 + lane] or '0')
end
local most = math.max(1, math.floor(rate))
local span = rate > 0 and most / rate * 1000000 / margin or 0

-- Slots are spaced evenly, a little closer than the limit; one that jitter made late while the limit was in use may be
-- caught up with, and no more.
local catch_up = math.min(spread, 150000)

local at = 5
for _ = 1, tonumber(ARGV[4]) do
  local free = now - tonumber(ARGV[at + 1]) + span
  if free > now then redis.call('ZADD', window, string.format('%.0f', free), ARGV[at])
  else redis.call('ZREM', window, ARGV[at]) end
  at = at + 2
end
if rate > 0 then redis.call('ZREMRANGEBYSCORE', window, '-inf', string.format('%.0f', now)) end

local demands, present = {}, {}
while at <= #ARGV do
  local d = {permit = ARGV[at], lane = tonumber(ARGV[at + 1]), cost = tonumber(ARGV[at + 2]),
    interval = tonumber(ARGV[at + 3]), minute = tonumber(ARGV[at + 4]), chat = ARGV[at + 5]}
  demands[#demands + 1] = d
  present[d.lane] = true
  at = at + 6
end

local silent = redis.call('PTTL', pause) * 1000
if silent > 0 then
  for _, d in ipairs(demands) do d.code, d.wait = 0, silent end
else
  for lane in pairs(present) do want[lane] = math.max(want[lane], now + 100000) end
end

-- A lane whose share is due goes first, if it asks here; if it asks elsewhere, the others leave it the next slot.
local due = nil
for lane = 4, 2, -1 do
  if want[lane] > now and since[lane] >= shares[lane] then due = lane end
end
local order = {}
if due and present[due] then
  for place, d in ipairs(demands) do if d.lane == due then order[#order + 1] = place end end
end
for place, d in ipairs(demands) do if not (due and d.lane == due) then order[#order + 1] = place end end

local used = rate > 0 and redis.call('ZCARD', window) or 0
local full, refused, busy = nil, {}, false

local function chat_wait(d)
  local left = redis.call('PTTL', pause .. ':' .. d.chat)
  if left > 0 then return left * 1000 end
  local key = state .. ':' .. d.chat
  local wait = 0
  if d.interval > 0 then wait = tonumber(redis.call('GET', key) or '0') - now end
  if d.minute > 0 then
    local oldest = redis.call('LINDEX', key .. ':minute', d.minute - math.min(d.cost, d.minute))
    if oldest then wait = math.max(wait, tonumber(oldest) + 61000000 - now) end
  end
  if wait <= 0 then return 0 end
  -- Whoever must wait stands in line, so that not all of them come back at the same moment.
  local line = math.max(now + wait, tonumber(redis.call('GET', key .. ':line') or '0'))
  redis.call('SET', key .. ':line', string.format('%.0f', line + d.interval * d.cost), 'PX',
    math.ceil((line - now) / 1000) + 1000)
  return line - now
end

local function take(d)
  local wait = chat_wait(d)
  if wait > 0 then d.code, d.wait = -1, wait return end
  if full then d.code, d.wait = 0, full refused[d.lane] = true return end
  local slot = now
  if rate > 0 then
    for lane = 1, d.lane - 1 do
      if want[lane] > now and not present[lane] and lane ~= due then slot = math.max(slot, now + ahead + 1000) end
    end
    if due and d.lane < due and not present[due] then slot = math.max(slot, now + ahead + 1000) end
    slot = math.max(slot, last)
    local cost = math.min(d.cost, most)
    local place = used - most + cost - 1
    if place >= 0 then
      local oldest = redis.call('ZRANGE', window, place, place, 'WITHSCORES')
      if oldest[2] then slot = math.max(slot, tonumber(oldest[2])) end
    end
    if slot - now > ahead then
      full = slot - now - ahead / 2
      d.code, d.wait = 0, full
      refused[d.lane] = true
      return
    end
    for part = 1, cost do
      local sent = slot + (part - 1) * d.interval
      local name = part == cost and d.permit or d.permit .. ':' .. part
      redis.call('ZADD', window, string.format('%.0f', sent + span + spread), name)
    end
    local lag = used >= most * 0.8 and catch_up or 0
    used = used + cost
    busy = busy or used >= most * 0.8
    last = math.max(last, slot - lag) + d.cost * 1000000 / (rate * 1.1)
  end
  local key = state .. ':' .. d.chat
  if d.interval > 0 then
    local next_at = slot + d.interval * d.cost
    redis.call('SET', key, string.format('%.0f', next_at), 'PX', math.ceil((next_at - now) / 1000) + 1)
  end
  if d.minute > 0 then
    for _ = 1, math.min(d.cost, d.minute) do redis.call('LPUSH', key .. ':minute', string.format('%.0f', slot)) end
    redis.call('LTRIM', key .. ':minute', 0, d.minute - 1)
    redis.call('PEXPIRE', key .. ':minute', 62000)
  end
  d.code, d.wait = 1, slot - now
  since[d.lane] = 0
  if d.lane == due then due = nil end
  for lane = d.lane + 1, 4 do if want[lane] > now then since[lane] = since[lane] + 1 end end
end

if silent <= 0 then
  for _, place in ipairs(order) do take(demands[place]) end
  for lane in pairs(present) do want[lane] = refused[lane] and now + (full or 0) + 100000 or 0 end
  if busy and now - raised >= 1000000 then
    if raised > 0 and now - raised < 3000000 then
      -- What was refused a minute ago may have been a stall of the machine's: the way back up need not take an hour.
      local rise = now - tonumber(known[13] or '0') > 60000000 and 0.002 or 0.0002
      if margin >= ceiling then ceiling = math.min(1, ceiling + rise) end
      margin = math.min(ceiling, margin + 0.01)
    end
    raised = now
  end
end
redis.call('HSET', state, 'margin', tostring(margin), 'raised', string.format('%.0f', raised),
  'last', string.format('%.0f', last), 'ceiling', tostring(ceiling),
  'want1', string.format('%.0f', want[1]), 'want2', string.format('%.0f', want[2]),
  'want3', string.format('%.0f', want[3]), 'want4', string.format('%.0f', want[4]),
  'since1', since[1], 'since2', since[2], 'since3', since[3], 'since4', since[4])
redis.call('PEXPIRE', state, 3600000)
if rate > 0 then redis.call('PEXPIRE', window, math.ceil(span / 1000) + 60000) end
local answer = {}
for _, d in ipairs(demands) do
  answer[#answer + 1] = d.code
  answer[#answer + 1] = math.ceil(d.wait)
end
return answer
"""
)

# A pause never becomes shorter by a later, shorter one.
# KEYS: pause; ARGV: milliseconds
PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end
return redis.call('PTTL', KEYS[1])
"""

# A refusal (429) names no one. It is the chat's own when the chat is a group or got another message a moment ago (the
# channel's adapter says so). It is the bot's when the adapter knows it, when another chat was refused within the last second, or
# when it names a short wait while the whole limit was in use. Otherwise it is taken as the chat's: if it is the bot's, the next
# chat's refusal says so.
#
# KEYS: state of the channel, pause of the channel; ARGV: chat, milliseconds, scope (chat, channel or unknown), rate
# Returns 1 when the whole channel is paused.
REFUSED = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local state, pause, chat, wait = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
local function hold(key)
  if redis.call('PTTL', key) < wait then redis.call('SET', key, 1, 'PX', wait) end
end
hold(pause .. ':' .. chat)
if ARGV[3] == 'chat' then return 0 end
local known = redis.call('HMGET', state, 'refused_chat', 'refused_at', 'stepped', 'margin')
local another = known[1] and known[1] ~= chat and now - tonumber(known[2]) < 1000000
local most = math.max(1, math.floor(tonumber(ARGV[4])))
local full = tonumber(ARGV[4]) > 0 and wait <= 2000 and redis.call('ZCARD', state .. ':window') >= most * 0.8
redis.call('HSET', state, 'refused_chat', chat, 'refused_at', string.format('%.0f', now))
if not another and not full and ARGV[3] ~= 'channel' then return 0 end
hold(pause)
-- What was under way at that moment is refused with it: one step back, not one for each.
local stepped, margin = tonumber(known[3] or '0'), tonumber(known[4] or '0.96')
if now - stepped > 2000000 then
  local back = now - stepped < 15000000 and 0.85 or 0.97
  redis.call('HSET', state, 'margin', tostring(math.max(0.02, margin * back)),
    'ceiling', tostring(math.max(0.02, margin - 0.01)), 'stepped', string.format('%.0f', now),
    'raised', string.format('%.0f', now))
end
redis.call('PEXPIRE', state, 3600000)
return 1
"""
