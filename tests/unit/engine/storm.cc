#include "storm.hh"

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <fmt/core.h>

#include "stage.hh"

namespace flowrun::engine::test {
namespace {

struct Link {
    int from = 0, to = 0;
    bool async = false, error = false, in_order = false, by_key = false, whole = true;
    int buffer = 1, workers = 1, batch = 1, attempts = 1;
    bool drops = false, timed = false;
    std::string options;
};

// What was seen of one edge, by the number that its `map` puts into each message.
struct Seen {
    std::map<std::int64_t, std::int64_t> last;  // by key: the message begun last
    int inside = 0, most = 0;
    std::uint64_t retried = 0, ok = 0, refused = 0;
    std::int64_t pushed = 0, begun = 0;
};

class Storm {
public:
    explicit Storm(std::uint64_t seed) : seed_(seed), random_(seed) { draw(); }

    std::string run() {
        Stage stage;
        stage.options.drain_timeout = 20 * second;
        stage.options.max_time = 600 * second;  // a stall in which somebody looks again and again ends as well
        stage.options.seed = seed_;
        for (int i = 0; i < sources_; ++i) stage.roles["n" + std::to_string(i)] = source(i);
        for (int i = sources_; i < nodes_; ++i) stage.roles["n" + std::to_string(i)].handle = handler(i, stage);
        Virtual world(seed_, [this] {
            fmt::print(stderr, "every thread waits for ever with seed {}:\n{}\n", seed_, yaml());
            std::_Exit(3);
        });
        Outcome outcome = stage.run(world, yaml(), [&](Runner& runner) { shut_down(world, runner); });
        judge(outcome);
        if (wrong_.empty()) return {};
        return fmt::format("seed {}: {}\n{}", seed_, wrong_, yaml());
    }

private:
    std::uint64_t draw(std::uint64_t below) { return random_() % below; }
    bool chance(int percent) { return draw(100) < static_cast<std::uint64_t>(percent); }

    void draw() {
        sources_ = 1 + static_cast<int>(draw(2));
        nodes_ = sources_ + 1 + static_cast<int>(draw(4));
        kinds_.assign(static_cast<std::size_t>(nodes_), "source");
        for (int i = sources_; i < nodes_; ++i) {
            static constexpr const char* kinds[] = {"node", "open", "polite"};
            kinds_[static_cast<std::size_t>(i)] = kinds[draw(3)];
        }
        for (int to = sources_; to < nodes_; ++to)
            draw_link(static_cast<int>(draw(static_cast<std::uint64_t>(to))), to);
        for (int extra = static_cast<int>(draw(3)); extra > 0; --extra) {
            int to = sources_ + static_cast<int>(draw(static_cast<std::uint64_t>(nodes_ - sources_)));
            draw_link(static_cast<int>(draw(static_cast<std::uint64_t>(to))), to);
        }
        for (int i = sources_; i + 1 < nodes_; ++i) {
            if (!chance(40)) continue;
            Link link;
            link.from = i;
            link.to = i + 1 + static_cast<int>(draw(static_cast<std::uint64_t>(nodes_ - i - 1)));
            link.error = true;
            link.async = chance(50);
            link.buffer = 100;
            if (link.async) link.options = "buffer: 100";
            links_.push_back(link);
        }
        messages_ = 5 + static_cast<int>(draw(30));
        pause_ = chance(50) ? static_cast<Duration>(draw(20)) * millisecond : 0;
        stops_ = chance(40);
        stop_at_ = static_cast<Duration>(draw(400)) * millisecond;
        cancels_ = stops_ && chance(25);
    }

    void draw_link(int from, int to) {
        Link link;
        link.from = from;
        link.to = to;
        link.async = chance(70);
        auto say = [&](const std::string& option) { link.options += (link.options.empty() ? "" : ", ") + option; };
        if (chance(40)) {
            link.attempts = 1 + static_cast<int>(draw(3));
            static constexpr const char* jitters[] = {"none", "full", "equal"};
            say(fmt::format("retry: {{ attempts: {}, backoff: {}ms, jitter: {} }}", link.attempts, 1 + draw(300),
                            jitters[draw(3)]));
        }
        if (chance(25)) {
            link.timed = true;
            say(fmt::format("timeout: {}ms", 5 + draw(100)));
        }
        if (chance(15)) {
            link.timed = true;
            say(fmt::format("deadline: {}ms", 20 + draw(500)));
        }
        if (link.async) draw_queue(link, say);
        links_.push_back(link);
    }

    template <class Say>
    void draw_queue(Link& link, Say&& say) {
        link.buffer = static_cast<int>(draw(6));
        say(fmt::format("buffer: {}", link.buffer));
        switch (draw(8)) {
            case 0:
                link.drops = true;
                say("overflow: drop_newest");
                break;
            case 1:
                link.drops = true;
                say("overflow: drop_oldest");
                break;
            case 2:
                link.drops = true;
                say("overflow: error");
                break;
            default: break;
        }
        switch (draw(3)) {
            case 0: link.in_order = true; break;
            case 1:
                link.by_key = true;
                say("order: by_key, key: \"msg.n % 3\"");
                break;
            default: say("order: none"); break;
        }
        if (!link.in_order && chance(70)) {
            link.workers = 1 + static_cast<int>(draw(4));
            say(fmt::format("workers: {}", link.workers));
        }
        if (chance(20)) {
            link.batch = 1 + static_cast<int>(draw(4));
            say(fmt::format("batch: {{ max: {}, linger: {}ms }}", link.batch, draw(30)));
        }
        if (chance(15)) say(fmt::format("rate: {}/s", 20 + draw(1000)));
    }

    std::string yaml() const {
        std::string text = "nodes:\n";
        for (int i = 0; i < nodes_; ++i) {
            text += fmt::format("  n{}: {{ uses: {}{} }}\n", i, kinds_[static_cast<std::size_t>(i)],
                                seed_ % 3 == 0 ? ", fanout: parallel" : "");
        }
        text += "edges:\n";
        for (std::size_t i = 0; i < links_.size(); ++i) {
            const Link& link = links_[i];
            text += fmt::format("  - n{}.{} {} n{}: {{ map: {{ n: \"${{{}msg.n}}\", edge: {} }}{}{} }}\n", link.from,
                                !link.error  ? "out"
                                : i % 3 == 0 ? "error"
                                             : "failed",
                                link.async ? "~>" : "->", link.to, link.error ? "type(msg.msg) == list ? 0 : msg." : "",
                                i, link.options.empty() ? "" : ", ", link.options);
        }
        return text;
    }

    Role source(int number) {
        Role role;
        role.run = [this, number](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
            for (int i = 0; i < messages_; ++i) {
                if (std::int32_t status = host.stopping(call); status != 0) return status;
                value::Value v = *value::parse(fmt::format("{{\"n\":{}}}", i * 2 + number));
                if (host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get())) == FLOWRUN_E_CANCELLED) break;
                if (pause_ != 0 && host.sleep(call, pause_) != FLOWRUN_OK) break;
            }
            return FLOWRUN_OK;
        };
        return role;
    }

    struct Later {
        Storm& storm;
        const flowrun_host& host;
        flowrun_ticket* ticket;
        std::size_t edge;
        std::int32_t status;
    };

    Handle handler(int node, Stage& stage) {
        return [this, node, &stage](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
            const auto& whole = *reinterpret_cast<const value::Node*>(message);
            const value::Node* one = whole.is(value::Kind::list) ? whole.at(0) : &whole;
            auto edge = static_cast<std::size_t>(one->member("edge")->as_int().value_or(0));
            std::int64_t n = one->member("n")->as_int().value_or(0);
            flowrun_meta meta{};
            meta.size = sizeof meta;
            host.meta(call, &meta);
            enter(edge, n, meta.attempt);
            return act(host, call, message, stage, node, edge, n, static_cast<int>(meta.attempt));
        };
    }

    void enter(std::size_t edge, std::int64_t n, std::uint32_t attempt) {
        const Link& link = links_[edge];
        Seen& seen = seen_[edge];
        seen.most = std::max(seen.most, ++seen.inside);
        if (attempt > 1) ++seen.retried;
        bool one_source = link.from < sources_ && link.batch == 1 && link.async;
        if (!one_source || (!link.in_order && !link.by_key)) return;
        auto [last, first] = seen.last.try_emplace(link.by_key ? n % 3 : 0, n);
        if (!first && n < last->second) fault(fmt::format("edge {}: {} begun after {}", edge, n, last->second));
        last->second = n;
    }

    std::int32_t leave(std::size_t edge, std::int32_t status) {
        --seen_[edge].inside;
        return status;
    }

    std::int32_t act(const flowrun_host& host, flowrun_call* call, const flowrun_value* message, Stage& stage, int node,
                     std::size_t edge, std::int64_t n, int attempt) {
        // What it does is drawn from the message, not from the interleaving: an attempt may differ from the one before.
        std::mt19937_64 fate(seed_ * 7919 + static_cast<std::uint64_t>(node * 1000 + n * 10 + attempt));
        std::uint64_t what = fate() % 100;
        if (what < 20) host.sleep(call, static_cast<Duration>(fate() % 80) * millisecond);
        if (what < 30) return leave(edge, fail(host, call, FLOWRUN_E_UNAVAILABLE, "not now"));
        if (what < 35) return leave(edge, fail(host, call, FLOWRUN_E_PERMANENT, "never"));
        if (what < 37) return leave(edge, 12345);  // no result
        if (what < 47) return pend(host, call, stage, node, edge, fate());
        if (what < 60) {
            std::int32_t status = host.emit(call, 0, message);
            return leave(edge, status < 0 ? status : host.emit(call, 0, message));
        }
        leave(edge, 0);
        return host.forward(call, 0, message);
    }

    std::int32_t pend(const flowrun_host& host, flowrun_call* call, Stage& stage, int node, std::size_t edge,
                      std::uint64_t drawn) {
        // Owned by the storm: the timer of a run that is cut short never comes.
        Later& later = *laters_.emplace_back(std::make_unique<Later>(
            Later{*this, host, host.pend(call), edge, drawn % 4 == 0 ? FLOWRUN_E_UNAVAILABLE : FLOWRUN_OK}));
        auto wait = static_cast<Duration>(drawn % 50) * millisecond;
        auto done = [](void* user) {
            Later& l = *static_cast<Later*>(user);
            l.storm.leave(l.edge, 0);
            l.host.complete(l.ticket, l.status, nullptr, nullptr);
        };
        host.timer(stage.roles["n" + std::to_string(node)].node, wait, done, &later);
        return FLOWRUN_PENDING;
    }

    void shut_down(Virtual& world, Runner& runner) const {
        if (!stops_) return;
        auto wait = [&](Duration d) {
            std::mutex mutex;
            Condition nobody;
            std::unique_lock lock(mutex);
            world.wait(nobody, lock, after(world.now(), d));
        };
        wait(stop_at_);
        runner.interrupt();
        if (!cancels_) return;
        wait(30 * millisecond);
        runner.interrupt();
    }

    void judge(const Outcome& outcome) {
        for (const Account& a : outcome.ledger.edges) {
            if (a.adds_up()) continue;
            fault(fmt::format(
                "{}: accepted {} is not ok {} + filtered {} + dropped {} + claimed {} + failed {} + left {}", a.edge,
                a.accepted, a.ok, a.filtered, a.dropped, a.claimed, a.failed, a.left));
        }
        if (!stops_ && !outcome.drained) fault("not drained, though nobody stopped it");
        if (outcome.timed_out) fault("stalled");
        for (std::size_t i = 0; i < links_.size(); ++i) judge(i, outcome.ledger.edges[i], outcome);
    }

    void judge(std::size_t i, const Account& account, const Outcome& outcome) {
        const Link& link = links_[i];
        const Seen& seen = seen_[i];
        if (!cancels_ && account.left != 0 && outcome.drained) fault(fmt::format("edge {} left {}", i, account.left));
        // One that was given up may be inside still when the next is begun.
        if (link.async && !link.timed && seen.most > link.workers) {
            fault(fmt::format("edge {}: {} at once with {} workers", i, seen.most, link.workers));
        }
        // An attempt whose time is up while it waits at its node is counted and never enters.
        bool timed = std::any_of(links_.begin(), links_.end(), [](const Link& l) { return l.timed; });
        bool whole = link.batch == 1 && !timed && !cancels_;
        if (whole && seen.retried != account.retried) {
            fault(fmt::format("edge {}: {} attempts beyond the first, {} counted", i, seen.retried, account.retried));
        }
        if (account.retried != 0 && link.attempts == 1) fault(fmt::format("edge {}: tried again unasked", i));
    }

    void fault(const std::string& what) { wrong_ += (wrong_.empty() ? "" : "; ") + what; }

    const std::uint64_t seed_;
    std::mt19937_64 random_;
    int sources_ = 1, nodes_ = 2, messages_ = 10;
    Duration pause_ = 0, stop_at_ = 0;
    bool stops_ = false, cancels_ = false;
    std::vector<std::string> kinds_;
    std::vector<Link> links_;
    std::vector<std::unique_ptr<Later>> laters_;
    std::map<std::size_t, Seen> seen_;
    std::string wrong_;
};

}  // namespace

std::string storm(std::uint64_t seed) { return Storm(seed).run(); }

}  // namespace flowrun::engine::test
