#include "writing.hh"

#include <cerrno>
#include <string>

namespace flowrun::file {

using namespace sdk;

namespace {
constexpr std::size_t much = std::size_t{64} << 10U;
constexpr std::int64_t name_time = 50'000'000;  // nanoseconds, for which a look at a name is good
}  // namespace

int write_out(Call call, Target& target) {
    for (;;) {
        const int error = target.flush();
        if (error != EAGAIN) return error;
        if (is_error(call.wait_fd(target.fd(), FLOWRUN_WRITE))) return ECANCELED;
    }
}

// Where the last write failed nothing is taken until one succeeds, so that no message counts as done that may never
// be.
void write_message(Call call, Target& target, Value message, bool each) {
    if (target.gathered() >= much || target.failing()) {
        if (const int error = write_out(call, target); error != 0) throw target.failure(error, "before it");
    }
    const std::size_t before = target.gathered();
    target.add(message);
    if (!each) return;
    const std::size_t size = target.gathered() - before;
    if (const int error = write_out(call, target); error != 0) {
        target.take_back(size);
        throw target.failure(error, "before it");
    }
}

void keep_name(Call call, Target& target) {
    // Asking for the time costs more than gathering a short message.
    if (!target.packs() && target.gathered() != 0 && target.gathered() < much) return;
    const std::int64_t now = call.host()->now();
    if (now < target.look_at_name) return;
    target.look_at_name = now + name_time;
    if (!target.has_lost_its_name()) return;
    int error = 0;
    if (target.packs()) target.end_part();
    if (target.packs() || target.failing()) error = write_out(call, target);
    if (error == 0) error = target.take_name_again();
    if (error == 0) return;
    target.look_at_name = now;
    throw target.failure(error, "before it");
}

Failure left_as_it_was(const Target& target, std::string_view why) {
    std::string text = target.path() + " is left as it was: " + std::string(why);
    if (const std::uint64_t n = target.messages(); n > 0) {
        text += "; not written: " + std::to_string(n) + (n == 1 ? " message" : " messages") + " taken";
    }
    return Failure(Status::cancelled, std::move(text));
}

void finish(Call call, Target& target) {
    if (target.replaces() && is_error(call.stopping())) { throw left_as_it_was(target, "the run was cut short"); }
    if (target.fd() < 0) target.resume();
    target.end();
    if (const int error = write_out(call, target); error != 0) throw target.failure(error, "taken");
    target.close();
}

}  // namespace flowrun::file
