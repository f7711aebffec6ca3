#include "group.hh"

namespace flowrun::redis {
namespace {

// Keys: the stream, that of the dead or ''. Group, consumer, deed, then of each: id, how often it was given out.
constexpr std::string_view deed_script = R"lua(
local S, D, g, c, deed = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
local out = {}
for i = 4, #ARGV, 2 do
  local id = ARGV[i]
  local p = redis.call('XPENDING', S, g, id, id, 1)
  local is = #p == 1 and p[1][2] == c and p[1][4] == tonumber(ARGV[i+1])
  if is and deed == 'renew' then
    redis.call('XCLAIM', S, g, c, 0, id, 'JUSTID')
  elseif is and deed == 'back' then
    redis.call('XCLAIM', S, g, '-', 0, id, 'IDLE', 4000000000, 'JUSTID')
  elseif is then
    if deed == 'reject' and D then
      local e = redis.call('XRANGE', S, id, id)
      if #e == 1 then redis.call('XADD', D, '*', unpack(e[1][2])) end
    end
    redis.call('XACK', S, g, id)
  end
  out[#out+1] = is and 1 or 0
end
return out
)lua";

// Key: the stream. Group, consumer, lease in ms, from where, most.
constexpr std::string_view claim_script = R"lua(
local S, g, c = KEYS[1], ARGV[1], ARGV[2]
local found = redis.call('XAUTOCLAIM', S, g, c, ARGV[3], ARGV[4], 'COUNT', ARGV[5])
local out = {}
for _, e in ipairs(found[2]) do
  local p = redis.call('XPENDING', S, g, e[1], e[1], 1)
  out[#out+1] = {e[1], #p == 1 and p[1][4] or 1, e[2]}
end
return {found[1], out}
)lua";

// Key: the stream. Group, consumer.
constexpr std::string_view leave_script = R"lua(
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) ~= 0 then return 0 end
redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
return 1
)lua";

constexpr std::string_view name_of(Deed deed) {
    switch (deed) {
        case Deed::ack: return "ack";
        case Deed::renew: return "renew";
        case Deed::back: return "back";
        default: return "reject";
    }
}

}  // namespace

void make_group(Connection& connection, const Group& group, std::string_view from) {
    connection.add({"XGROUP", "CREATE", group.stream, group.name, from, "MKSTREAM"});
    const Reply made = connection.read();
    if (is_error(*made) && !text_of(*made).starts_with("BUSYGROUP")) throw_error(text_of(*made));
}

void add_deed(Connection& connection, const Group& group, Deed deed, const std::vector<broker::Handle>& handles) {
    std::vector<std::string> counts;
    counts.reserve(handles.size());
    Connection::Words words{"EVAL", deed_script};
    if (group.dead.empty()) words.insert(words.end(), {"1", group.stream});
    else words.insert(words.end(), {"2", group.stream, group.dead});
    words.insert(words.end(), {group.name, group.consumer, name_of(deed)});
    for (const broker::Handle& one : handles) {
        counts.push_back(std::to_string(one.count));
        words.push_back(one.id);
        words.push_back(counts.back());
    }
    connection.add(words);
}

Reply claim(Connection& connection, const Group& group, std::int64_t lease_ms, std::string_view from,
            std::size_t most) {
    const std::string lease = std::to_string(lease_ms), count = std::to_string(most);
    return connection.run({"EVAL", claim_script, "1", group.stream, group.name, group.consumer, lease, from, count});
}

void leave(Connection& connection, const Group& group) {
    connection.run({"EVAL", leave_script, "1", group.stream, group.name, group.consumer});
}

}  // namespace flowrun::redis
