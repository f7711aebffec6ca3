#include "sending.hh"

#include <string>
#include <utility>

namespace flowrun::broker {

using namespace sdk;

void Waiting::pass_on(const std::function<void(Build&)>& build) {
    try {
        Builder builder(node_.values());
        build(builder);
        message = builder.finish().keep();
        if (!message) throw Failure(Status::invalid, "the answer holds text that is not UTF-8");
    } catch (const Failure& failure) { return fail(failure); }
    pass_on();
}

void Waiting::pass_on(std::uint32_t port) {
    auto passing = std::make_unique<Passing>(Passing{std::move(ticket_), std::move(message)});
    const Call call = passing->ticket.call();
    const Status sent = call.emit_async(port, passing->message.get(), nullptr, &Waiting::passed, passing.get());
    if (!is_error(sent)) return (void)passing.release();
    const auto error = call.last_error();
    passed(passing.release(), static_cast<std::int32_t>(sent), nullptr, error ? &error->raw() : nullptr);
}

void Waiting::passed(void* user, std::int32_t status, const flowrun_value* reply, const flowrun_error* error) {
    const std::unique_ptr<Passing> mine(static_cast<Passing*>(user));
    if (error != nullptr) return (void)mine->ticket.fail(*error);
    const Value own = mine->message.get();
    (void)mine->ticket.complete(static_cast<Status>(status), reply != nullptr ? Value(own.table(), reply) : own);
}

void Sending::answered(std::string_view error, std::string_view body, const std::function<void(Build&)>& build) {
    if (error.empty()) return waiting.pass_on(build);
    waiting.fail(Failure(Status::failed, "answered with an error (" + std::string(error) + "): " + std::string(body)));
}

}  // namespace flowrun::broker
