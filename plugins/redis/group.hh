#pragma once
// A consumer group of a stream of others: what is given out, and what is said of it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/session.hh"
#include "connection.hh"

namespace flowrun::redis {

struct Group {
    std::string stream, name, consumer;
    std::string dead;         // a stream for what is rejected; empty: none
    bool is_passing = false;  // the consumer goes with the process
};

// Makes stream and group if need be; `from`: after which id the group begins, "0" or "$". Throws as Connection::run.
void make_group(Connection& connection, const Group& group, std::string_view from);

// What somebody may do with a message that he has; one that is not his any more, or was given out since, stays as it is.
enum class Deed : std::uint8_t { ack, renew, back, reject };
// `back`: it is the consumer '-'s, and as if he had not been heard of for long: whoever looks next has it. To be read with one Connection::read_good(): {1 or 0, …}.
void add_deed(Connection& connection, const Group& group, Deed deed, const std::vector<broker::Handle>& handles);

// What others, or he himself, have had for longer than that without a word: his from now on. Answers {where the next look begins,
// {{id, how often it was given out, {field, value, …}}, …}}.
Reply claim(Connection& connection, const Group& group, std::int64_t lease_ms, std::string_view from, std::size_t most);

// The consumer is known no more, unless something is his.
void leave(Connection& connection, const Group& group);

}  // namespace flowrun::redis
