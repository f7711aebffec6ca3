#pragma once
// What JetStream does not know of a message that was given out: the attempts that were made and their last error, that it was
// given back, and when it is due. A note is a message in a stream of its own; of several for one message the newest counts.
//
//   flowrun.note.TOKEN.SEQUENCE.back.DUE   it was given back, and is due at DUE (ms since 1970; 0: at once)
//   flowrun.note.TOKEN.SEQUENCE.out        it was given out after that, and nothing has been said since
//
// Its body is the reply subject by which the message was given out when it was given back.

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/json.hh"
#include "broker/message.hh"
#include "names.hh"

namespace flowrun::nats {

struct Note {
    broker::Message said;  // id, attempts, error; its body is the reply subject
    bool back = false;
    std::uint64_t answered = 0;  // of how many deliveries it is known what came of them
};

std::string all_notes_of(const Names& names, std::uint64_t sequence);
std::string back_subject(const Names& names, std::uint64_t sequence, std::int64_t due);
std::string out_subject(const Names& names, std::uint64_t sequence);
inline std::string all_back(const Names& names) { return names.note_subject + "*.back.*"; }

// As it is written of a message that is given back.
broker::Message note_of(const broker::Message& message, std::string_view reply);
// As $JS.API.STREAM.MSG.GET has it: its "message".
Note read_note(const broker::Json& stored);
// What a subject of all_back() says: sequence and due (ns).
struct Back {
    std::uint64_t sequence = 0;
    std::int64_t due = 0;
};
Back read_back(const Names& names, std::string_view subject);

// For STREAM.MSG.GET: the newest. For STREAM.PURGE: all before the one with the place `before` among the notes; 0: all.
std::string newest_note(const Names& names, std::uint64_t sequence);
std::string old_notes(const Names& names, std::uint64_t sequence, std::uint64_t before);

}  // namespace flowrun::nats
