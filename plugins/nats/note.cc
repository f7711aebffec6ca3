#include "note.hh"

#include <charconv>

#include "letter.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t millisecond = 1'000'000;

}  // namespace

std::string all_notes_of(const Names& names, std::uint64_t sequence) {
    return names.note_subject + std::to_string(sequence) + ".>";
}

std::string back_subject(const Names& names, std::uint64_t sequence, std::int64_t due) {
    const std::int64_t ms = due > 0 ? (due + millisecond - 1) / millisecond : 0;
    return names.note_subject + std::to_string(sequence) + ".back." + std::to_string(ms);
}

std::string out_subject(const Names& names, std::uint64_t sequence) {
    return names.note_subject + std::to_string(sequence) + ".out";
}

broker::Message note_of(const broker::Message& message, std::string_view reply) {
    broker::Message note;
    note.id = message.id;
    note.attempts = message.attempts;
    note.error = message.error;
    note.due = message.due;
    note.body = reply;
    return note;
}

Note read_note(const broker::Json& stored) {
    Note note{message_of(stored)};
    note.back = stored["subject"].text().find(".back.") != std::string::npos;
    note.answered = delivery_of(note.said.body).count;
    return note;
}

Back read_back(const Names& names, std::string_view subject) {
    Back back;
    if (!subject.starts_with(names.note_subject)) return back;
    subject.remove_prefix(names.note_subject.size());
    std::from_chars(subject.data(), subject.data() + subject.size(), back.sequence);
    const std::size_t last = subject.rfind('.');
    if (last == subject.npos) return {};
    std::from_chars(subject.data() + last + 1, subject.data() + subject.size(), back.due);
    back.due *= millisecond;
    return back;
}

std::string newest_note(const Names& names, std::uint64_t sequence) {
    return "{\"last_by_subj\":" + broker::json_text(all_notes_of(names, sequence)) + "}";
}

std::string old_notes(const Names& names, std::uint64_t sequence, std::uint64_t before) {
    const std::string seq = before == 0 ? "" : ",\"seq\":" + std::to_string(before);
    return "{\"filter\":" + broker::json_text(all_notes_of(names, sequence)) + seq + "}";
}

}  // namespace flowrun::nats
