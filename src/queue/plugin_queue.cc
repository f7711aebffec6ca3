#include "queue/plugin_queue.hh"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "queue/body.hh"
#include "queue/plugin_text.hh"
#include "queue/unique_id.hh"
#include "trace/context.hh"
#include "value/json.hh"

namespace flowrun::queue {
namespace {

Error error_of(std::int32_t status, flowrun_text text) {
    constexpr std::int32_t least = static_cast<std::int32_t>(Code::internal);
    const Code code = status < 0 && status >= least ? static_cast<Code>(status) : Code::unavailable;
    return Error::of(code, text.size == 0 ? "its queue does not say why" : std::string(view_of(text)));
}

// What is kept of the failure of a message.
std::string json_of(const Error& error) {
    std::string text = R"({"code":")";
    text += name_of(error.code);
    text += R"(","message":)";
    value::write_string(value::valid_utf8(error.message) ? error.message : "(not UTF-8)", text);
    if (!error.node.empty()) {
        text += R"(,"node":)";
        value::write_string(error.node, text);
    }
    if (error.attempts != 0) text += fmt::format(R"(,"attempts":{})", error.attempts);
    if (!error.detail.empty()) text += R"(,"detail":)" + error.detail;
    return text + "}";
}

}  // namespace

const flowrun_queue_listener& PluginQueue::listener_table() {
    static const flowrun_queue_listener table = {
        sizeof(flowrun_queue_listener),
        0,
        [](void* user, std::uint64_t push, std::int32_t status, flowrun_text text) {
            Listener& to = *static_cast<PluginQueue*>(user)->listener_;
            if (status >= 0) return to.pushed(push, nullptr);
            const Error why = error_of(status, text);
            to.pushed(push, &why);
        },
        [](void* user) { static_cast<PluginQueue*>(user)->listener_->arrived(); },
        [](void* user, std::uint64_t lease, std::int32_t status, flowrun_text text) {
            PluginQueue& queue = *static_cast<PluginQueue*>(user);
            Error why = error_of(status, text);
            if (queue.is_unreadable(lease, why)) return queue.listener_->lost(1, why);
            queue.listener_->settled(lease, status >= 0 ? nullptr : &why);
        },
        [](void* user, std::uint64_t messages, flowrun_text text) {
            static_cast<PluginQueue*>(user)->listener_->lost(messages, error_of(FLOWRUN_E_INVALID, text));
        },
        [](void* user, std::uint64_t messages) { static_cast<PluginQueue*>(user)->listener_->added(messages); },
        [](void* user, std::uint64_t messages) { static_cast<PluginQueue*>(user)->listener_->removed(messages); },
        [](void* user, std::int32_t status, flowrun_text text) {
            static_cast<PluginQueue*>(user)->listener_->broken(error_of(status, text));
        },
        [](void* user) { static_cast<PluginQueue*>(user)->listener_->idle(); },
        [](void* user, flowrun_text text) { static_cast<PluginQueue*>(user)->listener_->notice(view_of(text)); },
        [](void* user, flowrun_text text) {
            const Error why = error_of(FLOWRUN_E_UNAVAILABLE, text);
            static_cast<PluginQueue*>(user)->listener_->full(text.size == 0 ? nullptr : &why);
        }};
    return table;
}

Result<std::unique_ptr<PluginQueue>> PluginQueue::open(World& world, const flowrun_host& host,
                                                       const flowrun_queue_table& table, const Spec& spec) {
    std::unique_ptr<PluginQueue> made(new PluginQueue(world, table, spec.origin));
    flowrun_queue_spec wanted{};
    wanted.size = sizeof wanted;
    if (spec.only_pushed) wanted.flags |= FLOWRUN_QUEUE_ONLY_PUSHED;
    if (spec.until_empty) wanted.flags |= FLOWRUN_QUEUE_UNTIL_EMPTY;
    if (spec.refuses) wanted.flags |= FLOWRUN_QUEUE_REFUSES;
    if (spec.by_key && (table.can & FLOWRUN_QUEUE_KEYS) != 0) wanted.flags |= FLOWRUN_QUEUE_BY_KEY;
    wanted.url = lent(spec.url);
    wanted.name = lent(spec.name);
    wanted.flow = lent(spec.flow);
    wanted.order = lent(spec.order);
    wanted.max_bytes = spec.max_bytes;
    wanted.lease = spec.lease;
    wanted.timeout = spec.timeout;
    std::string why;
    std::int32_t status = FLOWRUN_E_UNAVAILABLE;
    made->queue_ = table.open(&host, &wanted, &listener_table(), made.get(), &status, keep_text, &why);
    if (made->queue_ == nullptr) return std::unexpected(error_of(status, lent(why)));
    return made;
}

PluginQueue::~PluginQueue() { close(); }

void PluginQueue::close() {
    if (queue_ != nullptr) table_.close(std::exchange(queue_, nullptr));
}

Queue::Pushed PluginQueue::bury(Item& item, std::uint64_t push, const Error& error, std::string_view edge) {
    std::string text = json_of(error);
    text.back() = ',';
    text += R"("edge":)";
    value::write_string(edge, text);
    return this->push(item, push, text + "}");
}

Queue::Pushed PluginQueue::push(Item& item, std::uint64_t push, std::string_view error) {
    static thread_local std::string body, id, trace;
    body.clear();
    flowrun_queue_item to{};
    to.size = sizeof to;
    to.format = write_body(*item.body, body);
    to.body = lent(body);
    const Meta& meta = item.meta;
    const std::int64_t now = world_.wall();
    id = meta.text && !meta.text->id.empty() ? meta.text->id : unique_id(now);
    to.id = lent(id);
    if (meta.text) to.key = lent(meta.text->key);
    if (meta.trace.high != 0 || meta.trace.low != 0) {
        // Of a message that no span began the trace has no parent; a context must name one.
        const trace::SpanId parent = meta.parent != 0 ? meta.parent : meta.trace.low | 1;
        trace = trace::format_traceparent({meta.trace, parent, meta.sampled});
        to.traceparent = lent(trace);
    }
    to.time = meta.time != 0 ? meta.time : now;
    to.accepted = item.queued != 0 ? now - (world_.now() - item.queued) : now;
    to.index = meta.index;
    to.total = meta.total;
    to.error = lent(error);
    to.origin = lent(origin_);
    const std::int32_t status = table_.push(queue_, &to, push);
    if (status == FLOWRUN_OK) return Pushed::held;
    return status == FLOWRUN_PENDING ? Pushed::pending : Pushed::refused;
}

void PluginQueue::read(const flowrun_queue_item& from, const Clocks& clocks, Item& into, std::string& problem) const {
    into = Item();
    into.lease = from.lease;
    auto body = read_body(from.format, view_of(from.body));
    if (!body) {
        problem = fmt::format("message {}: {}", view_of(from.id), body.error());
        return;
    }
    into.body = std::move(*body);
    into.attempts = from.attempts;
    into.again = (from.flags & FLOWRUN_ITEM_AGAIN) != 0;
    into.own = shared() && !into.again && !origin_.empty() && view_of(from.origin) == origin_;
    into.bytes = into.body.footprint();
    const auto [wall, now] = clocks;
    // A wall clock that was set back does not make a message younger than it is.
    into.queued = now - std::max<std::int64_t>(wall - from.accepted, 0);
    into.interrupted = (from.flags & FLOWRUN_ITEM_INTERRUPTED) != 0;
    if (from.due > wall && !into.interrupted) into.due = after(now, from.due - wall);
    Meta& meta = into.meta;
    meta.text = std::make_unique<MetaText>();
    meta.text->id = view_of(from.id);
    meta.text->key = view_of(from.key);
    meta.time = from.time;
    meta.index = from.index;
    meta.total = from.total;
    if (const auto context = trace::parse_traceparent(view_of(from.traceparent))) {
        meta.trace = context->trace;
        meta.parent = context->span;
        meta.sampled = context->sampled;
    }
}

// What cannot be read goes to the dead; who waits for it is told when the queue has noted that.
std::size_t PluginQueue::take(Item* items, std::size_t n) {
    struct Into {
        const PluginQueue& of;
        const Clocks clocks;
        Item* items;
        std::size_t taken = 0;
        std::vector<Unreadable> unreadable{};
    } into{*this, {world_.wall(), world_.now()}, items};
    if (queue_ == nullptr) return 0;
    const auto give = [](void* user, const flowrun_queue_item* item) {
        Into& to = *static_cast<Into*>(user);
        std::string problem;
        to.of.read(*item, to.clocks, to.items[to.taken], problem);
        if (problem.empty()) {
            ++to.taken;
        } else {
            to.unreadable.push_back({item->lease, Error::of(Code::invalid, std::move(problem))});
        }
    };
    // Where all that it gave was unreadable there may be more.
    std::uint32_t given = 0;
    do given = table_.take(queue_, static_cast<std::uint32_t>(n - into.taken), give, &into);
    while (given != 0 && into.taken == 0);
    for (const Unreadable& one : into.unreadable) {
        {
            const std::scoped_lock lock(mutex_);
            unreadable_.push_back(one);
        }
        reject(one.lease, one.why);
    }
    return into.taken;
}

bool PluginQueue::is_unreadable(std::uint64_t lease, Error& why) {
    const std::scoped_lock lock(mutex_);
    const auto at =
        std::find_if(unreadable_.begin(), unreadable_.end(), [&](const Unreadable& one) { return one.lease == lease; });
    if (at == unreadable_.end()) return false;
    why = std::move(at->why);
    unreadable_.erase(at);
    return true;
}

void PluginQueue::ack(std::uint64_t lease) { table_.ack(queue_, lease); }

void PluginQueue::nack(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error* error) {
    const std::string text = error != nullptr ? json_of(*error) : std::string();
    table_.nack(queue_, lease, delay, attempts, lent(text));
}

void PluginQueue::reject(std::uint64_t lease, const Error& error) {
    table_.reject(queue_, lease, error.attempts, lent(json_of(error)));
}

void PluginQueue::extend(std::uint64_t lease, Duration delay, std::uint32_t attempts, const Error& error) {
    table_.extend(queue_, lease, delay, attempts, lent(json_of(error)));
}

std::uint64_t PluginQueue::interrupted() const {
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    return queue_ != nullptr && table_.depth(queue_, &depth) >= 0 ? depth.interrupted : 0;
}

Depth PluginQueue::depth() const {
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    if (queue_ == nullptr || table_.depth(queue_, &depth) < 0) return {};
    return {depth.waiting + depth.leased, depth.bytes};
}

}  // namespace flowrun::queue
