#include "scripts.hh"

namespace flowrun::redis {
namespace {

// What all of them begin with. Messages that are given back belong to the consumer '-' until they are due.
constexpr std::string_view head = R"lua(
local S,L,T,D,W,A = KEYS[1],KEYS[2],KEYS[3],KEYS[4],KEYS[5],KEYS[6]
local g = 'flowrun'
local function holds(id, count)
  local p = redis.call('XPENDING', S, g, id, id, 1)
  return #p == 1 and p[1][2] == ARGV[1] and p[1][4] == tonumber(count)
end
local function before(a, b)
  local am, as = string.match(a, '^(%d+)-(%d+)$')
  local bm, bs = string.match(b, '^(%d+)-(%d+)$')
  if am ~= bm then return tonumber(am) < tonumber(bm) end
  return tonumber(as) < tonumber(bs)
end
-- of ids and counts from ARGV[2] on: which the caller holds; most of them lie beside one another
local function all_held()
  local first, last = ARGV[2], ARGV[2]
  for i = 4, #ARGV, 2 do
    if before(ARGV[i], first) then first = ARGV[i] end
    if before(last, ARGV[i]) then last = ARGV[i] end
  end
  local counts, held, ids = {}, {}, {}
  for _, p in ipairs(redis.call('XPENDING', S, g, first, last, #ARGV, ARGV[1])) do counts[p[1]] = p[4] end
  for i = 2, #ARGV, 2 do
    local is = counts[ARGV[i]] == tonumber(ARGV[i+1]) or (not counts[ARGV[i]] and holds(ARGV[i], ARGV[i+1]))
    held[#held+1] = is and 1 or 0
    if is then ids[#ids+1] = ARGV[i] end
  end
  return held, ids
end
local function forget(id)
  redis.call('XACK', S, g, id)
  redis.call('XDEL', S, id)
  redis.call('HDEL', T, id)
end
local function bury(id, attempts, err)
  local e = redis.call('XRANGE', S, id, id)
  if #e == 0 then return forget(id) end
  local to = {'XADD', D, '*'}
  for i = 1, #e[1][2], 2 do
    local name = e[1][2][i]
    if name ~= 'flowrun-attempts' and name ~= 'flowrun-error' then
      to[#to+1] = name; to[#to+1] = e[1][2][i+1]
    end
  end
  to[#to+1] = 'flowrun-attempts'; to[#to+1] = attempts
  to[#to+1] = 'flowrun-error'; to[#to+1] = err
  redis.call(unpack(to))
  forget(id)
  redis.call('HINCRBY', A, 'buried', 1)
end
local function member_of(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return ms .. '-' .. string.rep('0', 20 - #seq) .. seq
end
local function id_of(member)
  local ms, seq = string.match(member, '^(%d+)%-0*(%d+)$')
  return ms .. '-' .. seq
end
local function is_out(id)
  local p = redis.call('XPENDING', S, g, id, id, 1)
  return #p == 1 and p[1][2] ~= '-'
end
local function now()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
)lua";

}  // namespace

const Script take_back_script = {R"lua(
local me, most, lease = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local look, from, poison = ARGV[4], ARGV[5], tonumber(ARGV[6])
local t = now()
local out, buried = {}, 0
local function give(entries, again)
  for _, e in ipairs(entries) do
    if type(e) == 'table' and type(e[2]) == 'table' then
      local count = redis.call('XPENDING', S, g, e[1], e[1], 1)[1][4]
      out[#out+1] = {e[1], count, again, redis.call('HGET', T, e[1]), e[2]}
    end
  end
end
local due = redis.call('ZRANGE', L, '-inf', t, 'BYSCORE', 'LIMIT', 0, most)
if #due > 0 then
  table.sort(due)
  local claim = {'XCLAIM', S, g, me, 0}
  for _, m in ipairs(due) do claim[#claim+1] = id_of(m) end
  give(redis.call(unpack(claim)), 0)
  redis.call('ZREM', L, unpack(due))
end
if look == '1' then
  local seen = redis.call('XPENDING', S, g, 'IDLE', lease, from, '+', 100)
  local last = false
  for _, p in ipairs(seen) do
    if #out >= most then break end
    last = p[1]
    if p[2] ~= '-' then
      if p[4] >= poison then
        bury(p[1], p[4], '{"code":"permanent","message":"poison: given out ' .. p[4] .. ' times, and each time nobody has said what came of it"}')
        buried = buried + 1
      else
        give(redis.call('XCLAIM', S, g, me, lease, p[1]), 1)
      end
    end
  end
  local whole = #seen < 100 and (#seen == 0 or last == seen[#seen][1])
  if not last then last = from else last = '(' .. last end
  from = whole and '-' or last
end
local wait, last, wake = -1, '0', '0'
local first = redis.call('ZRANGE', L, 0, 0, 'WITHSCORES')
if #first > 0 then wait = math.max(0, math.floor(tonumber(first[2])) - t) end
for _, one in ipairs(redis.call('XINFO', 'GROUPS', S)) do
  local is = false
  for i = 1, #one, 2 do
    if one[i] == 'name' then is = one[i+1] == g end
    if is and one[i] == 'last-delivered-id' then last = one[i+1] end
  end
end
local newest = redis.call('XREVRANGE', W, '+', '-', 'COUNT', 1)
if #newest > 0 then wake = newest[1][1] end
local others = redis.call('XPENDING', S, g)
local theirs = others[1] - redis.call('ZCARD', L)
for _, one in ipairs(others[4] or {}) do
  if one[1] == me then theirs = theirs - tonumber(one[2]) end
end
return {wait, last, wake, from, out, theirs, buried}
)lua"};

const Script ack_script = {R"lua(
local held, ids = all_held()
if #ids > 0 then
  redis.call('XACK', S, g, unpack(ids))
  redis.call('XDEL', S, unpack(ids))
  redis.call('HDEL', T, unpack(ids))
  redis.call('HINCRBY', A, 'acked', #ids)
end
return held
)lua"};

const Script nack_script = {R"lua(
local held, t = {}, now()
for i = 2, #ARGV, 5 do
  local id = ARGV[i]
  local ok = holds(id, ARGV[i+1])
  if ok then
    local delay = tonumber(ARGV[i+2])
    redis.call('HSET', T, id, ARGV[i+3] .. '\n' .. ARGV[i+4])
    redis.call('XCLAIM', S, g, '-', 0, id, 'RETRYCOUNT', math.max(0, tonumber(ARGV[i+1]) - 1), 'JUSTID')
    local score = delay > 0 and t + delay or tonumber(string.match(id, '^%d+'))
    redis.call('ZADD', L, score, member_of(id))
  end
  held[#held+1] = ok and 1 or 0
end
redis.call('XADD', W, 'MAXLEN', 1, '*', 'back', #held)
return held
)lua"};

const Script reject_script = {R"lua(
local held = {}
for i = 2, #ARGV, 4 do
  local ok = holds(ARGV[i], ARGV[i+1])
  if ok then bury(ARGV[i], ARGV[i+2], ARGV[i+3]) end
  held[#held+1] = ok and 1 or 0
end
return held
)lua"};

const Script renew_script = {R"lua(
local held, ids = all_held()
for _, id in ipairs(ids) do redis.call('XCLAIM', S, g, ARGV[1], 0, id, 'JUSTID') end
return held
)lua"};

const Script replay_script = {R"lua(
local n = 0
for i = 1, #ARGV do
  local e = redis.call('XRANGE', D, ARGV[i], ARGV[i])
  if #e == 1 then
    local to = {'XADD', S, '*'}
    for k = 1, #e[1][2], 2 do
      local name = e[1][2][k]
      if name ~= 'flowrun-attempts' and name ~= 'flowrun-error' and name ~= 'flowrun-origin' then
        to[#to+1] = name; to[#to+1] = e[1][2][k+1]
      end
    end
    redis.call(unpack(to))
    redis.call('XDEL', D, ARGV[i])
    n = n + 1
  end
end
if n > 0 then
  redis.call('HINCRBY', A, 'put', n)
  redis.call('HINCRBY', A, 'dead_taken', n)
end
return n
)lua"};

const Script drop_script = {R"lua(
local n, dead = 0, ARGV[1] == '1'
for i = 2, #ARGV do
  local id = ARGV[i]
  if dead then
    n = n + redis.call('XDEL', D, id)
  elseif not is_out(id) and #redis.call('XRANGE', S, id, id) == 1 then
    redis.call('ZREM', L, member_of(id))
    forget(id)
    n = n + 1
  end
end
if n > 0 then redis.call('HINCRBY', A, dead and 'dead_taken' or 'taken', n) end
return n
)lua"};

const Script move_script = {R"lua(
local n = 0
for i = 2, #ARGV do
  local id = ARGV[i]
  local e = redis.call('XRANGE', S, id, id)
  if #e == 1 and not is_out(id) then
    redis.call('XADD', ARGV[1], '*', unpack(e[1][2]))
    redis.call('ZREM', L, member_of(id))
    forget(id)
    n = n + 1
  end
end
if n > 0 then redis.call('HINCRBY', A, 'taken', n) end
return n
)lua"};

const Script depth_script = {R"lua(
local all = redis.call('XLEN', S)
local back = redis.call('ZCARD', L)
local out, added, buried = 0, 0, 0
if all > 0 then out = math.max(0, redis.call('XPENDING', S, g)[1] - back) end
local oldest = redis.call('XRANGE', S, '-', '+', 'COUNT', 1)
local ms = #oldest > 0 and tonumber(string.match(oldest[1][1], '^%d+')) or 0
local function ever(key)
  if redis.call('EXISTS', key) == 0 then return 0 end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do if info[i] == 'entries-added' then return info[i+1] end end
  return 0
end
local bytes = (redis.call('MEMORY', 'USAGE', S, 'SAMPLES', 5) or 0) + (redis.call('MEMORY', 'USAGE', D, 'SAMPLES', 5) or 0)
if all == 0 and redis.call('XLEN', D) == 0 then bytes = 0 end
return {all, out, redis.call('ZCOUNT', L, '(' .. now(), '+inf'), redis.call('XLEN', D), bytes, ms, ever(S), ever(D)}
)lua"};

std::string load(Connection& connection, const Script& script) {
    const std::string whole = std::string(head) + std::string(script.text);
    return std::string(text_of(*connection.run({"SCRIPT", "LOAD", whole})));
}

Connection::Words call_of(std::string_view sha, const Names& names) {
    return {"EVALSHA", sha, "6", names.messages, names.later, names.tried, names.dead, names.wake, names.account};
}

}  // namespace flowrun::redis
