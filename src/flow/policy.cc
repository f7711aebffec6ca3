#include "flow/policy.hh"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

#include "flow/fields.hh"
#include "flow/quantity.hh"
#include "flow/scalar.hh"
#include "flow/suggest.hh"

namespace flowrun::flow {

namespace {

constexpr std::int64_t most_messages = 1'000'000'000;
constexpr std::int64_t most_workers = 1'000'000;
constexpr std::int64_t most_attempts = 1'000'000;
constexpr std::int64_t most_in_batch = 1'000'000;

void read_when(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (expression_in(tree, "when", diagnostics)) edge.when = tree;
}

void read_key(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (expression_in(tree, "key", diagnostics)) edge.key = tree;
}

void read_map(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (tree.kind == Tree::Kind::scalar && tree.text.empty()) {
        if (tree.property_kind != '!') diagnostics.error(tree.place, "'map' must be a value, not nothing");
        return;
    }
    edge.map = tree;
}

void read_buffer(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (tree.kind == Tree::Kind::scalar) {
        if (const auto n = integer_in(tree, "buffer", diagnostics, 0, most_messages)) {
            edge.buffer.messages = static_cast<std::uint64_t>(*n);
        }
        return;
    }
    static constexpr std::string_view keys[] = {"messages", "bytes"};
    const Fields fields(tree, "'buffer'", keys, diagnostics);
    if (const Tree* messages = fields.take("messages")) {
        if (const auto n = integer_in(*messages, "messages", diagnostics, 0, most_messages)) {
            edge.buffer.messages = static_cast<std::uint64_t>(*n);
        }
    }
    if (const Tree* bytes = fields.take("bytes")) {
        if (const auto n = size_in(*bytes, "bytes", diagnostics)) {
            edge.buffer.bytes = *n;
            if (*n == 0) diagnostics.error(bytes->place, "'bytes' must be more than 0");
        }
    }
}

void read_workers(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (tree.kind == Tree::Kind::scalar) {
        if (const auto n = integer_in(tree, "workers", diagnostics, 1, most_workers)) {
            edge.workers_min = edge.workers_max = static_cast<std::uint32_t>(*n);
        }
        return;
    }
    static constexpr std::string_view keys[] = {"min", "max"};
    const Fields fields(tree, "'workers'", keys, diagnostics);
    const Tree* most = fields.take("max");
    if (fields.is_map() && !most)
        diagnostics.error(tree.place, "'workers' has no 'max'", "write { min: 1, max: 8 } or a number");
    if (const Tree* least = fields.take("min")) {
        if (const auto n = integer_in(*least, "min", diagnostics, 1, most_workers))
            edge.workers_min = static_cast<std::uint32_t>(*n);
    }
    if (!most) return;
    const auto n = integer_in(*most, "max", diagnostics, 1, most_workers);
    if (!n) return;
    edge.workers_max = static_cast<std::uint32_t>(*n);
    if (edge.workers_min > edge.workers_max) {
        diagnostics.error(most->place,
                          fmt::format("'max' ({}) is less than 'min' ({})", edge.workers_max, edge.workers_min));
    }
}

void read_order(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    static constexpr std::string_view choices[] = {"fifo", "by_key", "none"};
    if (const auto choice = choice_in(tree, "order", choices, diagnostics)) edge.order = static_cast<Order>(*choice);
}

void read_batch(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    const auto set_max = [&](const Tree& value, std::string_view name) {
        if (const auto n = integer_in(value, name, diagnostics, 1, most_in_batch))
            edge.batch_max = static_cast<std::uint32_t>(*n);
    };
    if (tree.kind == Tree::Kind::scalar) return set_max(tree, "batch");
    static constexpr std::string_view keys[] = {"max", "linger"};
    const Fields fields(tree, "'batch'", keys, diagnostics);
    if (const Tree* most = fields.take("max")) {
        set_max(*most, "max");
    } else if (fields.is_map()) {
        diagnostics.error(tree.place, "'batch' has no 'max'", "write { max: 10, linger: 250ms } or a number");
    }
    if (const Tree* linger = fields.take("linger"))
        edge.batch_linger = duration_in(*linger, "linger", diagnostics).value_or(0);
}

void read_rate(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    edge.rate = rate_in(tree, "rate", diagnostics).value_or(0);
}

void read_timeout(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    edge.timeout = duration_in(tree, "timeout", diagnostics).value_or(0);
}

void read_deadline(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    edge.deadline = duration_in(tree, "deadline", diagnostics).value_or(0);
}

void read_backoff(const Fields& fields, Backoff& out, const Diagnostics& diagnostics) {
    const Tree* first = fields.take("backoff");
    const Tree* most = fields.take("max_backoff");
    if (first) out.first = duration_in(*first, "backoff", diagnostics).value_or(out.first);
    if (most) {
        out.max = duration_in(*most, "max_backoff", diagnostics).value_or(out.max);
        if (first && out.max < out.first) {
            diagnostics.error(most->place, fmt::format("'max_backoff' ({}) is less than 'backoff' ({})",
                                                       duration_text(out.max), duration_text(out.first)));
        }
    } else {
        out.max = std::max(out.max, out.first);
    }
    if (const Tree* factor = fields.take("factor")) {
        const auto n = number_in(*factor, "factor", diagnostics);
        if (n && (*n < 1 || *n > 1000))
            diagnostics.error(factor->place, fmt::format("'factor' must be 1 to 1000, not {}", *n));
        else out.factor = n.value_or(out.factor);
    }
    if (const Tree* jitter = fields.take("jitter")) {
        static constexpr std::string_view choices[] = {"none", "full", "equal"};
        if (const auto choice = choice_in(*jitter, "jitter", choices, diagnostics))
            out.jitter = static_cast<Jitter>(*choice);
    }
}

void read_retry(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    const auto set_attempts = [&](const Tree& value, std::string_view name) {
        if (const auto n = integer_in(value, name, diagnostics, 1, most_attempts)) {
            edge.retry.attempts = static_cast<std::uint32_t>(*n);
        }
    };
    if (tree.kind == Tree::Kind::scalar) return set_attempts(tree, "retry");
    static constexpr std::string_view keys[] = {"attempts", "backoff", "factor", "max_backoff", "jitter", "when"};
    const Fields fields(tree, "'retry'", keys, diagnostics);
    if (!fields.is_map()) return;
    if (const Tree* attempts = fields.take("attempts")) {
        set_attempts(*attempts, "attempts");
    } else {
        diagnostics.error(tree.place, "'retry' has no 'attempts'", "write { attempts: 4, backoff: 200ms } or a number");
    }
    read_backoff(fields, edge.retry, diagnostics);
    if (const Tree* when = fields.take("when"); when && expression_in(*when, "when", diagnostics))
        edge.retry.when = *when;
}

// "sqlite:state/orders.db#orders"
void read_queue_url(const Tree& tree, QueueSpec& queue, const Diagnostics& diagnostics) {
    static constexpr std::string_view known[] = {"memory", "sqlite", "redis", "postgres", "pgq",
                                                 "amqp",   "amqps",  "nats",  "sqs",      "kafka"};
    const auto text = text_in(tree, "queue", diagnostics);
    if (!text) return;
    const std::string_view whole = *text;
    const std::size_t colon = whole.find(':');
    const std::string_view kind = whole.substr(0, colon);
    if (whole == "memory") return;
    // What an expression makes of it is looked at when it is evaluated.
    if (const std::size_t expression = whole.find("${"); expression < colon) {
        queue.url = tree;
        return;
    }
    if (colon == std::string_view::npos || kind == "memory") {
        const auto remedy = kind == "sqlite" ? std::string("name its file: queue: \"sqlite:state/name.db\"")
                                             : suggest(kind, std::span(known));
        diagnostics.error(tree.place, fmt::format("'{}' is no queue", whole), remedy);
    } else {
        queue.url = tree;
    }
}

void read_overflow(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    static constexpr std::string_view choices[] = {"block", "drop_newest", "drop_oldest", "error"};
    constexpr const char remedy[] = "name its file: overflow: { spill: \"sqlite:state/name.db\" }";
    if (tree.kind == Tree::Kind::scalar && tree.text == "spill") {
        return diagnostics.error(tree.place, "'overflow: spill' does not say where to", remedy);
    }
    if (tree.kind == Tree::Kind::scalar) {
        if (const auto choice = choice_in(tree, "overflow", choices, diagnostics))
            edge.overflow = static_cast<Overflow>(*choice);
        return;
    }
    static constexpr std::string_view keys[] = {"spill"};
    const Fields fields(tree, "'overflow'", keys, diagnostics);
    if (!fields.is_map()) return;
    const Tree* const where = fields.take("spill");
    if (where == nullptr) return diagnostics.error(tree.place, "'overflow' has no 'spill'", remedy);
    QueueSpec store;
    read_queue_url(*where, store, diagnostics);
    if (!store.url) {
        if (where->text == "memory") diagnostics.error(where->place, "what memory does not hold needs a file", remedy);
        return;
    }
    edge.overflow = Overflow::spill;
    edge.spill = std::move(store.url);
}

// A name as a URL's fragment has it.
void read_dead_letter(const Tree& tree, QueueSpec& queue, const Diagnostics& diagnostics) {
    const auto name = text_in(tree, "dead_letter", diagnostics);
    if (!name) return;
    if (name->empty() || name->find('#') != name->npos || name->find(':') != name->npos) {
        diagnostics.error(tree.place, "'dead_letter' must be the name of a queue",
                          "write a name such as dead_letter: orders.dead; it lies in the same store");
    } else if (!queue.url) {
        diagnostics.error(tree.place, "'dead_letter' needs a queue that outlives the run",
                          "add url: \"sqlite:state/name.db\", or an edge from the error port");
    } else {
        queue.dead_letter = *name;
        queue.dead_letter_place = tree.place;
    }
}

void read_queue(const Tree& tree, EdgeSpec& edge, const Diagnostics& diagnostics) {
    if (tree.kind == Tree::Kind::scalar) return read_queue_url(tree, edge.queue, diagnostics);
    static constexpr std::string_view keys[] = {"url", "max_bytes", "dead_letter", "lease"};
    const Fields fields(tree, "'queue'", keys, diagnostics);
    if (!fields.is_map()) return;
    if (const Tree* url = fields.take("url")) {
        read_queue_url(*url, edge.queue, diagnostics);
    } else {
        diagnostics.error(tree.place, "'queue' has no 'url'", "write { url: \"sqlite:state/name.db\" }");
    }
    if (const Tree* bytes = fields.take("max_bytes")) {
        if (const auto n = size_in(*bytes, "max_bytes", diagnostics)) edge.queue.max_bytes = *n;
        edge.queue.max_bytes_place = bytes->place;
    }
    if (const Tree* letters = fields.take("dead_letter")) read_dead_letter(*letters, edge.queue, diagnostics);
    if (const Tree* lease = fields.take("lease")) {
        if (const auto length = duration_in(*lease, "lease", diagnostics)) edge.queue.lease = *length;
        edge.queue.lease_place = lease->place;
    }
}

struct Key {
    std::string_view name;
    bool async_only;
    void (*read)(const Tree&, EdgeSpec&, const Diagnostics&);
};
constexpr Key keys_in_order[] = {
    {"when", false, read_when},       {"map", false, read_map},           {"key", false, read_key},
    {"buffer", true, read_buffer},    {"overflow", true, read_overflow},  {"workers", true, read_workers},
    {"order", true, read_order},      {"batch", true, read_batch},        {"rate", true, read_rate},
    {"timeout", false, read_timeout}, {"deadline", false, read_deadline}, {"retry", false, read_retry},
    {"queue", true, read_queue}};
constexpr auto names_in_order = [] {
    std::array<std::string_view, std::size(keys_in_order)> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = keys_in_order[i].name;
    return names;
}();

const Key* key_of(std::string_view name) {
    const auto found = std::find_if(std::begin(keys_in_order), std::end(keys_in_order),
                                    [&](const Key& key) { return key.name == name; });
    return found == std::end(keys_in_order) ? nullptr : found;
}

}  // namespace

std::span<const std::string_view> policy_keys() { return names_in_order; }

Policy::Policy(const Tree* own, const Tree* defaults) {
    for (const Tree* tree : {own, defaults}) {
        if (!tree || tree->kind != Tree::Kind::map) continue;
        for (std::size_t i = 0; i < tree->keys.size(); ++i) {
            if (find(tree->keys[i]) || !key_of(tree->keys[i])) continue;
            options_.push_back({tree->keys[i], &tree->items[i], &tree->key_places[i], tree == own});
        }
    }
}

const Policy::Option* Policy::find(std::string_view name) const {
    const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.name == name; });
    return found == options_.end() ? nullptr : &*found;
}

bool Policy::applies(const Option& option, const EdgeSpec& edge, const Diagnostics& diagnostics) const {
    if (edge.mode == Mode::sync && key_of(option.name)->async_only) {
        if (option.own) {
            diagnostics.error(*option.place,
                              fmt::format("'{}' has no meaning on a sync edge, which has no queue", option.name),
                              "make the edge async with '~>', or take the key out");
        }
        return false;
    }
    // Many workers as a default do not stand against an edge that asks for fifo, nor by_key against one without a key.
    const Option* order = find("order");
    if (option.name == "workers" && !option.own) return !(order && order->own && order->value->text == "fifo");
    if (option.name == "order" && !option.own) {
        const Option* workers = find("workers");
        return !(option.value->text == "by_key" && !find("key") && !(workers && workers->own));
    }
    return true;
}

void Policy::apply(EdgeSpec& edge, const Diagnostics& diagnostics) const {
    for (const Option& option : options_) {
        if (!applies(option, edge, diagnostics)) continue;
        edge.given.push_back({std::string(option.name), *option.place, option.own});
        key_of(option.name)->read(*option.value, edge, diagnostics);
    }
    judge(edge, diagnostics);
}

void Policy::judge(const EdgeSpec& edge, const Diagnostics& diagnostics) const {
    const auto has = [&](std::string_view name) {
        return std::any_of(edge.given.begin(), edge.given.end(), [&](const GivenKey& key) { return key.name == name; });
    };
    if (has("workers") && edge.order == Order::fifo && edge.workers_max > 1) {
        diagnostics.error(*find("workers")->place, "a fifo edge has one worker: several would break its order",
                          "say order: by_key or order: none, or take 'workers' out");
    }
    if (has("order") && edge.order == Order::by_key && !has("key")) {
        diagnostics.error(*find("order")->place, "'order: by_key' needs a key",
                          "add key: with an expression such as msg.id");
    }
    if (has("batch") && edge.mode == Mode::async && edge.batch_max > std::max<std::uint64_t>(edge.buffer.messages, 1)) {
        diagnostics.warning(*find("batch")->place, fmt::format("a batch of {} can never fill: the buffer holds {}",
                                                               edge.batch_max, edge.buffer.messages));
    }
    const bool drops = edge.overflow == Overflow::drop_newest || edge.overflow == Overflow::drop_oldest;
    if (has("overflow") && drops && edge.queue.durable()) {
        diagnostics.error(*find("overflow")->place, "a durable queue drops nothing",
                          "say block, with which its senders wait for room, or error, or say queue: memory");
    }
    if (has("overflow") && edge.spill && edge.queue.durable()) {
        diagnostics.error(*find("overflow")->place, "a durable queue lies in a file already",
                          "take 'overflow' out, or 'queue'");
    }
    if (has("timeout") && edge.deadline > 0 && edge.timeout > edge.deadline) {
        const Option& timeout = *find("timeout");
        diagnostics.warning(*timeout.place, fmt::format("a timeout of {} never passes: the deadline of {} is before it",
                                                        duration_text(edge.timeout), duration_text(edge.deadline)));
    }
}

}  // namespace flowrun::flow
