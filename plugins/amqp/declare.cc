#include "declare.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <variant>

namespace flowrun::amqp {
namespace {

constexpr int not_found = 404;
// Of a quorum queue before 4.0, which has no word for "never": nothing is given out so often.
constexpr std::int64_t many_times = 1'000'000'000;

}  // namespace

struct Clerk::Argument {
    std::string_view name;
    std::variant<std::string, std::int64_t> value;

    amqp_table_entry_t entry() const {
        amqp_table_entry_t made{};
        made.key = bytes_of(name);
        if (const auto* text = std::get_if<std::string>(&value)) {
            made.value.kind = AMQP_FIELD_KIND_UTF8;
            made.value.value.bytes = bytes_of(*text);
        } else {
            made.value.kind = AMQP_FIELD_KIND_I64;
            made.value.value.i64 = std::get<std::int64_t>(value);
        }
        return made;
    }
};

Clerk::Clerk(Connection& connection, amqp_channel_t channel) : connection_(connection), channel_(channel) {
    connection_.open(channel_);
}

std::optional<std::uint64_t> Clerk::waiting(std::string_view queue) {
    const auto found = count(queue);
    return found ? std::optional(found->messages) : std::nullopt;
}

std::optional<Clerk::Count> Clerk::count(std::string_view queue) {
    const amqp_queue_declare_ok_t* const found =
        amqp_queue_declare(connection_.state(), channel_, bytes_of(queue), 1, 0, 0, 0, amqp_empty_table);
    Count count;
    if (found != nullptr) count = {found->message_count, found->consumer_count};
    try {
        connection_.answered(channel_);
    } catch (const ChannelClosed& closed) {
        open_again();
        if (closed.code == not_found) return std::nullopt;
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, closed.text};
    }
    connection_.release(channel_);
    return count;
}

bool Clerk::declare(std::string_view name, std::vector<Argument> arguments) {
    if (waiting(name)) return false;
    std::vector<amqp_table_entry_t> entries;
    for (const Argument& one : arguments) entries.push_back(one.entry());
    amqp_queue_declare(connection_.state(), channel_, bytes_of(name), 0, 1, 0, 0,
                       {static_cast<int>(entries.size()), entries.data()});
    try {
        connection_.answered(channel_);
    } catch (const ChannelClosed& closed) {
        open_again();
        if (waiting(name)) return false;  // somebody else was faster, with other arguments
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE,
                              "the queue '" + std::string(name) + "' cannot be made: " + closed.text};
    }
    connection_.release(channel_);
    return true;
}

// What the server itself takes out of a queue, by a policy or a limit, goes to the dead ones.
bool Clerk::make(std::string_view name) {
    const bool made = declare(name, {{"x-queue-type", "quorum"},
                                     {"x-dead-letter-exchange", ""},
                                     {"x-dead-letter-routing-key", dead_of(name)},
                                     {"x-dead-letter-strategy", "at-least-once"},
                                     {"x-overflow", "reject-publish"},
                                     {"x-delivery-limit", connection_.major() >= 4 ? -1 : many_times}});
    if (made) note(name);
    return made;
}

void Clerk::make_busy(std::string_view name) { declare(busy_of(name), {{"x-queue-type", "classic"}}); }

bool Clerk::make_dead(std::string_view name) {
    return declare(dead_of(name),
                   {{"x-queue-type", "quorum"}, {"x-delivery-limit", connection_.major() >= 4 ? -1 : many_times}});
}

bool Clerk::make_wait(std::string_view name, const Step& step) {
    return declare(wait_of(name, step), {{"x-queue-type", "quorum"},
                                         {"x-message-ttl", step.seconds * 1000},
                                         {"x-dead-letter-exchange", ""},
                                         {"x-dead-letter-routing-key", std::string(name)},
                                         {"x-dead-letter-strategy", "at-least-once"},
                                         {"x-overflow", "reject-publish"}});
}

// For `flowrun queue ls`. Where it may not be, a queue works as well.
void Clerk::note(std::string_view name) {
    try {
        declare(all_queues, {{"x-queue-type", "stream"}});
    } catch (const sdk::QueueError&) { return; }
    connection_.check(amqp_basic_publish(connection_.state(), channel_, amqp_empty_bytes, bytes_of(all_queues), 0, 0,
                                         nullptr, bytes_of(name)));
}

std::vector<std::string> Clerk::all() {
    std::vector<std::string> names;
    if (!count(all_queues)) return names;  // how many there are in it is told late
    constexpr std::string_view first = "first";
    amqp_table_entry_t from{bytes_of("x-stream-offset"), {AMQP_FIELD_KIND_UTF8, {0}}};
    from.value.value.bytes = bytes_of(first);
    amqp_basic_qos(connection_.state(), channel_, 0, 1000, 0);
    connection_.answered(channel_);
    amqp_basic_consume(connection_.state(), channel_, bytes_of(all_queues), bytes_of("all"), 0, 0, 0, {1, &from});
    try {
        connection_.answered(channel_);
    } catch (const ChannelClosed& closed) {
        open_again();
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, closed.text};
    }
    read_names(names);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

// Until nothing has come for a while: a stream has no end that could be asked for.
void Clerk::read_names(std::vector<std::string>& names) {
    constexpr timeval a_while{0, 300'000};
    for (;;) {
        amqp_envelope_t envelope{};
        const amqp_rpc_reply_t reply = amqp_consume_message(connection_.state(), &envelope, &a_while, 0);
        if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
            if (reply.library_error == AMQP_STATUS_TIMEOUT) return;
            throw broker::Lost{"the names of the queues cannot be read"};
        }
        names.emplace_back(view_of(envelope.message.body));
        const std::uint64_t tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        connection_.check(amqp_basic_ack(connection_.state(), channel_, tag, 0));
    }
}

}  // namespace flowrun::amqp
