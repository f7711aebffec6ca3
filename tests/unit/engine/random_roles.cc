#include "random_roles.hh"

#include <algorithm>

#include <fmt/core.h>

namespace flowrun::engine::test {
namespace {

const flowrun_value* given(const value::Value& v) { return reinterpret_cast<const flowrun_value*>(v.get()); }
constexpr std::uint64_t plenty = 3000;  // visits to a node: from there on it passes nothing on

}  // namespace

struct RandomRoles::Inside {
    Inside(RandomRoles& r, int node, std::size_t edge)
        : of(r.nodes[static_cast<std::size_t>(node)]), on(r.edges[edge]) {
        ++of.inside;
        on.most = std::max(on.most, ++on.inside);
    }
    ~Inside() {
        --of.inside;
        if (!pending) --on.inside;
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    NodeSeen& of;
    EdgeSeen& on;
    bool pending = false;
};

RandomRoles::RandomRoles(const RandomFlow& flow, World& world, Stage& stage)
    : edges(flow.edges.size()), nodes(static_cast<std::size_t>(flow.nodes)), flow_(flow), world_(world), stage_(stage),
      least_(flow.least_timeout()) {
    for (int i = 0; i < flow.nodes; ++i) {
        Role& role = stage.roles["n" + std::to_string(i)];
        if (flow.is_source(i)) {
            role.run = [this, i](const flowrun_host&, flowrun_call* call) { return run_source(i, call); };
            continue;
        }
        role.handle = [this, i](const flowrun_host&, flowrun_call* call, const flowrun_value* message) {
            return handle(i, call, message);
        };
        role.end = [this, i](const flowrun_host&, flowrun_call* call) { return end(i, call); };
    }
}

void RandomRoles::fault(const std::string& what) {
    if (faults.size() < 600 && faults.find(what) == std::string::npos) faults += (faults.empty() ? "" : "; ") + what;
}

void RandomRoles::nap(Duration d) {
    std::mutex mutex;
    Condition nobody;
    std::unique_lock lock(mutex);
    const Time until = after(world_.now(), d);
    while (world_.now() < until) world_.wait(nobody, lock, until);
}

void RandomRoles::await_stragglers() {
    const auto inside = [](const NodeSeen& n) { return n.inside != 0; };
    while (std::any_of(nodes.begin(), nodes.end(), inside)) nap(second);
    nap(second);  // and through what lies between the handler and the thread's end
}

value::Value RandomRoles::made(std::int64_t n, std::int64_t ends) const {
    const auto size = flow_.ballast == 0 ? 0 : n * 7919 % flow_.ballast;
    return *value::parse(fmt::format(R"({{"n":{},"ttl":{},"at":{},"ends":{},"pad":"{:*>{}}"}})", n, flow_.ttl,
                                     world_.now(), ends, "", size));
}

bool RandomRoles::part_has_ended(int node) const {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (flow_.part[i] == flow_.part[static_cast<std::size_t>(node)] && nodes[i].ends_begun != 0) return true;
    }
    return false;
}

std::int32_t RandomRoles::handle(int node, flowrun_call* call, const flowrun_value* message) {
    const auto& root = *reinterpret_cast<const value::Node*>(message);
    const value::Node* code = root.member("code");
    const Message m{number(message, "n"),
                    number(message, "ttl"),
                    number(message, "at"),
                    number(message, "ends"),
                    static_cast<std::size_t>(number(message, "edge")),
                    code == nullptr ? std::string() : std::string(code->as_string().value_or(""))};
    flowrun_meta meta{};
    meta.size = sizeof meta;
    host().meta(call, &meta);
    Inside inside(*this, node, m.edge);
    ++(meta.attempt == 1 ? edges[m.edge].begun : edges[m.edge].again);
    judge_entry(node, call, m);
    const std::int32_t status = act(node, call, message, m, meta.attempt);
    inside.pending = status == FLOWRUN_PENDING;
    return status;
}

void RandomRoles::judge_entry(int node, flowrun_call* call, const Message& m) {
    const RandomEdge& edge = flow_.edges[m.edge];
    const Time now = world_.now(), deadline = host().deadline(call);
    NodeSeen& seen = nodes[static_cast<std::size_t>(node)];
    if (flow_.is_actor(node)) {
        if (seen.inside > 1) fault(fmt::format("n{}: {} threads in it", node, seen.inside));
        std::erase_if(seen.pending, [](const auto& p) { return *p == 0; });
        for (const auto& p : seen.pending) {
            if (now < *p && !flow_.cancels()) fault(fmt::format("n{}: entered while a call is pending", node));
        }
    }
    if (edge.timeout != 0 && deadline > now + edge.timeout) fault(fmt::format("edge {}: no timeout in force", m.edge));
    if (deadline < after(m.at, least_)) fault(fmt::format("edge {}: a deadline before its time", m.edge));
    if (m.code == "timeout" && now < after(m.at, least_))
        fault(fmt::format("edge {}: a timeout before its time", m.edge));
    if (flow_.cancels()) return;
    if (part_has_ended(node) && (m.ends & bit(node)) == 0)
        fault(fmt::format("n{}: entered after the end of its part", node));
    for (int to = 0; to < flow_.nodes; ++to) {
        const auto a = static_cast<std::size_t>(node), b = static_cast<std::size_t>(to);
        if (flow_.reaches[a][b] && flow_.part[a] != flow_.part[b] && nodes[b].ends_begun != 0)
            fault(fmt::format("n{}: entered after the end of n{}, which it reaches", node, to));
    }
}

// What it does is drawn from the message, not from the interleaving; an attempt may differ from the one before.
std::int32_t RandomRoles::act(int node, flowrun_call* call, const flowrun_value* message, const Message& m,
                              std::uint32_t attempt) {
    std::mt19937_64 fate(flow_.seed * 7919 + static_cast<std::uint64_t>(node * 100'000 + m.n * 100 + m.ttl * 10) +
                         attempt);
    const std::uint64_t what = fate() % 100;
    const auto some = [&fate](int ms) {
        return static_cast<Duration>(fate() % static_cast<std::uint64_t>(ms)) * millisecond;
    };
    const Time deadline = host().deadline(call);
    const Duration beyond = deadline == never ? 0 : deadline - world_.now() + some(2000) + 1;
    if (what < 12) {
        if (const std::int32_t status = sleep(call, some(60)); status != 0) return status;
    } else if (what < 20) {
        if (static_cast<int>(attempt) < flow_.edges[m.edge].attempts) ++edges[m.edge].due;
        return fail(host(), call, FLOWRUN_E_UNAVAILABLE, "not now");
    } else if (what < 24) {
        return fail(host(), call, FLOWRUN_E_PERMANENT, "never");
    } else if (what < 32) {
        return pend(node, call, message, m.edge, some(50), fate() % 4 == 0 ? FLOWRUN_E_UNAVAILABLE : FLOWRUN_OK);
    } else if (what < 37 && deadline != never) {
        return pend(node, call, message, m.edge, beyond, FLOWRUN_OK);
    } else if (what < 42 && deadline != never && flow_.is_foreign(node)) {
        nap(beyond);
        if (host().emit(call, 0, message) >= 0 && flow_.sends_on(node))
            fault(fmt::format("n{}: a call that was given up still sends", node));
        return FLOWRUN_OK;
    } else if (what < 47 && flow_.is_foreign(node)) {
        nap(some(30));
    } else if (what < 52) {
        begin_later(node, some(100));
    }
    const bool on = m.ttl > 0 && edges[m.edge].begun < plenty;
    if (!on) return FLOWRUN_OK;
    if (what >= 52 && what < 60) return pend_and_send(node, call, message, m.edge, 1 + static_cast<int>(fate() % 2));
    if (what >= 60 && what < 68) {
        const std::int32_t status = emit(call, message);
        return status < 0 ? status : emit(call, message);
    }
    return what < 76 ? emit(call, message) : host().forward(call, 0, message);
}

std::int32_t RandomRoles::emit(flowrun_call* call, const flowrun_value* message) {
    const Time earliest = std::min(after(world_.now(), least_), host().deadline(call));
    const std::int32_t status = host().emit(call, 0, message);
    if (status == FLOWRUN_E_TIMEOUT && world_.now() < earliest) fault("an emit timed out before its time");
    return status;
}

std::int32_t RandomRoles::sleep(flowrun_call* call, Duration d) {
    const Time until = after(world_.now(), d);
    const std::int32_t status = host().sleep(call, d);
    if (status == FLOWRUN_OK && world_.now() < until) fault("a sleep was too short");
    if (status == FLOWRUN_E_TIMEOUT && world_.now() < host().deadline(call)) fault("a sleep timed out before its time");
    return status;
}

struct RandomRoles::Later {
    RandomRoles& roles;
    int node;
    flowrun_ticket* ticket;
    std::size_t edge;
    std::int32_t status;
    std::shared_ptr<Time> deadline;
    value::Value message;

    static void due(void* user) {
        Later& l = *static_cast<Later*>(user);
        const bool dead = l.roles.world_.now() > *l.deadline;
        if (dead && host().emit(host().call_of(l.ticket), 0, given(l.message)) >= 0 && l.roles.flow_.sends_on(l.node))
            l.roles.fault("a pending call that was given up still sends");
        l.answer(dead);
    }
    void answer(bool dead) {
        *deadline = 0;
        --roles.edges[edge].inside;
        const std::int32_t said = host().complete(ticket, status, nullptr, nullptr);
        if (dead && said != FLOWRUN_E_CANCELLED) roles.fault("an answer came too late and was taken");
    }
};

// Until then nobody else may enter an actor. Not so in an error route: it has time of its own, but a guarded call around it is
// given up all the same when its time and its grace are up, and what waits in it is free then.
void RandomRoles::note_pending(int node, const flowrun_value* message, const std::shared_ptr<Time>& deadline) {
    const bool in_error_route = reinterpret_cast<const value::Node*>(message)->member("code") != nullptr;
    if (!in_error_route) nodes[static_cast<std::size_t>(node)].pending.push_back(deadline);
}

std::int32_t RandomRoles::pend(int node, flowrun_call* call, const flowrun_value* message, std::size_t edge,
                               Duration wait, std::int32_t status) {
    flowrun_ticket* const ticket = host().pend(call);
    auto deadline = std::make_shared<Time>(host().deadline(call));
    auto later =
        std::make_shared<Later>(Later{*this, node, ticket, edge, status, deadline, *value::parse(text(message))});
    kept_.push_back(later);
    note_pending(node, message, deadline);
    host().timer(node_of(node), wait, &Later::due, later.get());
    return FLOWRUN_PENDING;
}

struct RandomRoles::Sending {
    RandomRoles& roles;
    int left = 0;
    std::shared_ptr<Later> later;  // of a handler

    static void done(void* user, std::int32_t status, const flowrun_value*, const flowrun_error*) {
        auto& s = *static_cast<Sending*>(user);
        ++s.roles.answered;
        if (!s.later && status != FLOWRUN_E_CANCELLED) ++s.roles.roots;
        if (s.left == 0) return s.roles.fault("an emit was answered twice");
        s.over();
    }
    void over() {
        if (--left == 0 && later) later->answer(roles.world_.now() > *later->deadline);
    }
    // Whether its answer will come.
    bool send(flowrun_call* call, const flowrun_value* message) {
        ++left;
        const std::int32_t status = host().emit_async(call, 0, message, nullptr, &Sending::done, this);
        if (status == FLOWRUN_OK) ++roles.sent;
        else --left;
        return status == FLOWRUN_OK;
    }
};

std::int32_t RandomRoles::pend_and_send(int node, flowrun_call* call, const flowrun_value* message, std::size_t edge,
                                        int count) {
    flowrun_ticket* const ticket = host().pend(call);
    auto deadline = std::make_shared<Time>(host().deadline(call));
    auto later = std::make_shared<Later>(Later{*this, node, ticket, edge, FLOWRUN_OK, deadline, {}});
    auto sending = std::make_shared<Sending>(Sending{*this, 1, later});
    kept_.push_back(sending);
    note_pending(node, message, deadline);
    for (int i = 0; i < count; ++i) (void)sending->send(call, message);
    sending->over();
    return FLOWRUN_PENDING;
}

struct RandomRoles::Begun {
    RandomRoles& roles;
    int node;
    static void due(void* user) {
        auto& [roles, node] = *static_cast<Begun*>(user);
        flowrun_call* const call = host().begin(roles.node_of(node));
        if (call == nullptr) return;
        const value::Value v = roles.made(roles.next_begun_++, roles.part_has_ended(node) ? roles.bit(node) : 0);
        (void)roles.emit(call, given(v));
        host().finish(call);
    }
};

void RandomRoles::begin_later(int node, Duration wait) {
    auto begun = std::make_shared<Begun>(Begun{*this, node});
    kept_.push_back(begun);
    host().timer(node_of(node), wait, &Begun::due, begun.get());
}

std::int32_t RandomRoles::run_source(int node, flowrun_call* call) {
    switch (flow_.sends[static_cast<std::size_t>(node)]) {
        case Sends::without_waiting: return send_without_waiting(node, call);
        case Sends::from_timers: return send_from_timers(node, call);
        default: break;
    }
    for (int i = 0; i < flow_.messages && host().stopping(call) == 0; ++i) {
        const value::Value v = made(i * flow_.sources + node, 0);
        if (emit(call, given(v)) == FLOWRUN_E_CANCELLED) break;
        ++roots;
        if (flow_.pause != 0 && host().sleep(call, flow_.pause) != FLOWRUN_OK) break;
    }
    return FLOWRUN_OK;
}

std::int32_t RandomRoles::send_without_waiting(int node, flowrun_call* call) {
    auto sending = std::make_shared<Sending>(Sending{*this, 0, nullptr});
    kept_.push_back(sending);
    for (int i = 0; i < flow_.messages && host().stopping(call) == 0; ++i) {
        const value::Value v = made(i * flow_.sources + node, 0);
        if (!sending->send(call, given(v))) break;
        if (flow_.pause != 0 && host().sleep(call, flow_.pause) != FLOWRUN_OK) break;
        while (sending->left >= 6) nap(millisecond);
    }
    while (sending->left != 0) nap(millisecond);
    return FLOWRUN_OK;
}

struct RandomRoles::Ticking {
    RandomRoles& roles;
    int node, left, sent = 0;
    static void due(void* user) {
        auto& t = *static_cast<Ticking*>(user);
        RandomRoles& roles = t.roles;
        flowrun_call* const call = host().begin(roles.node_of(t.node));
        if (call == nullptr) {
            t.left = 0;
            return;
        }
        const value::Value v = roles.made(t.sent++ * roles.flow_.sources + t.node, 0);
        if (roles.emit(call, given(v)) != FLOWRUN_E_CANCELLED) ++roles.roots;
        host().finish(call);
        if (--t.left > 0) host().timer(roles.node_of(t.node), roles.flow_.pause, &Ticking::due, user);
    }
};

std::int32_t RandomRoles::send_from_timers(int node, flowrun_call* call) {
    auto ticking = std::make_shared<Ticking>(Ticking{*this, node, flow_.messages});
    kept_.push_back(ticking);
    host().timer(node_of(node), flow_.pause, &Ticking::due, ticking.get());
    while (ticking->left > 0 && host().sleep(call, 5 * millisecond) == FLOWRUN_OK) {}
    return FLOWRUN_OK;
}

std::int32_t RandomRoles::end(int node, flowrun_call* call) {
    NodeSeen& seen = nodes[static_cast<std::size_t>(node)];
    if (++seen.inside > 1 && flow_.is_actor(node))
        fault(fmt::format("n{}: its end begins while a thread is in it", node));
    if (++seen.ends_begun > 1) fault(fmt::format("n{}: its end comes again", node));
    if (flow_.ends[static_cast<std::size_t>(node)]) {
        const value::Value v = made(2'000'000 + node, bit(node));
        if (node % 2 == 0) nap(20 * millisecond);
        (void)emit(call, given(v));
    }
    ++seen.ends_over;
    --seen.inside;
    return FLOWRUN_OK;
}

}  // namespace flowrun::engine::test
