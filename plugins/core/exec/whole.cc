#include "whole.hh"

#include <utility>

#include "formats/masked.hh"
#include "formats/shorten.hh"
#include "tail.hh"

namespace flowrun::core::exec {

using namespace sdk;

namespace {

std::string_view without_break(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

bool blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == text.npos; }

// A call that ends with what comes of one message.
struct Last {
    Ticket ticket;
    Kept value;
    bool reply;

    void done(Status status, Value given, const flowrun_error* error) {
        if (error) (void)ticket.fail(*error);
        else (void)ticket.complete(status, given || !reply ? given : value.get());
    }
};

}  // namespace

void send_as_last(const Task& task, Ticket ticket, Value value, bool reply) {
    if (!task.sends) {
        (void)ticket.complete(Status::ok, reply ? value : Value());
        return;
    }
    const auto last = std::make_shared<Last>(Last{std::move(ticket), value.keep(), reply});
    const Call call = last->ticket.call();
    const Status status = call.emit_async(
        0, last->value.get(), nullptr,
        [last](Status came, Value given, const flowrun_error* error) noexcept { last->done(came, given, error); });
    if (!is_error(status)) return;
    const auto error = call.last_error();
    last->done(status, Value(), error ? &error->raw() : nullptr);
}

std::string bad_json(std::string_view text, const Reader& reader, const flowrun_secrets* secrets) {
    constexpr std::size_t shown = 80, looked_at = 4096;
    const std::string at = std::to_string(reader.error_offset());
    const std::string said = formats::masked(secrets, text.substr(0, looked_at));
    const bool cut = said.size() > shown || text.size() > looked_at;
    return std::string(reader.error()) + " at byte " + at + " of '" + utf8_of(formats::shorten(said, shown)) +
           (cut ? "…'" : "'");
}

Whole::Whole(const Task& task, Ticket ticket, Kept message, std::string command)
    : task_(task), ticket_(std::move(ticket)), message_(std::move(message)), command_(std::move(command)) {}

Answer::Take Whole::print(std::string_view text) {
    if (text_.size() + text.size() <= task_.max_output) return text_.append(text), Take::more;
    fail(Failure(Status::overflow, "'" + utf8_of(command_) + "' printed more than " + std::to_string(task_.max_output) +
                                       " bytes, the limit set by max_output")
             .retry(Retry::no));
    return Take::enough;
}

void Whole::finish(std::optional<Failure> failure) {
    if (!ticket_) return;
    if (failure) return fail(*failure);
    if (task_.output == Form::none) return send(message_.get(), false);
    if (task_.output == Form::text) {
        Builder builder(task_.values());
        return send(builder.string(without_break(text_)).finish(), true);
    }
    Reader reader(task_.values());
    if (const Value value = reader.read(text_)) return send(value, true);
    const std::string what = blank(text_)
                                 ? " printed nothing where one JSON value was expected; 'output' may be text or none"
                                 : " printed what is not one JSON value: " + bad_json(text_, reader, task_.secrets);
    fail(Failure(Status::failed, "'" + utf8_of(command_) + "'" + what));
}

void Whole::fail(const Failure& failure) {
    if (ticket_) (void)std::exchange(ticket_, Ticket()).fail(failure);
}

void Whole::send(Value value, bool reply) { send_as_last(task_, std::exchange(ticket_, Ticket()), value, reply); }

}  // namespace flowrun::core::exec
