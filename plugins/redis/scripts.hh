#pragma once
// What must happen at once, as scripts that the server runs. Redis runs a script as a whole, between other commands.
//
// Every script has the keys of one queue, in the order of script_keys(): messages, later, tried, dead, wake, account.

#include <string>
#include <string_view>
#include <vector>

#include "connection.hh"
#include "names.hh"

namespace flowrun::redis {

struct Script {
    std::string_view text;
};

// Of what was given out before: what was given back and is due, and what somebody has had for too long. Consumer, most, lease in
// ms, whether to look for leases that are over (1 or 0), where that look begins (an id), after how many times of being given
// out a message is poison. Answers {ms until something is due or -1, last id given out, last id of wake, where the next look
// begins, {{id, times given out, again, attempts and error or nothing, {field, value, …}}, …}, how many others have,
// how many are dead for that}.
extern const Script take_back_script;
// consumer, then of each: id, times given out. Answers for each whether the lease held.
extern const Script ack_script;
// consumer, then of each: id, times given out, ms until it is due, attempts, error. The same.
extern const Script nack_script;
// consumer, then of each: id, times given out, attempts, error. The same.
extern const Script reject_script;
// consumer, then of each: id, times given out. The same.
extern const Script renew_script;
// Ids of dead ones, back to the messages. Answers how many.
extern const Script replay_script;
// 0 for what waits, 1 for what is dead, then ids: they are gone. What is out is left alone. Answers how many.
extern const Script drop_script;
// The messages key of another queue, then ids of what waits here. Answers how many.
extern const Script move_script;
// Answers {waiting and out, out, later, dead, bytes, ms of the oldest or 0, ever added, ever added to the dead}.
extern const Script depth_script;

// What the server knows it as from here on. Throws as Connection::run.
std::string load(Connection& connection, const Script& script);
// The command that runs it; its arguments follow.
Connection::Words call_of(std::string_view sha, const Names& names);

}  // namespace flowrun::redis
