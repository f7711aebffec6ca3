#include "engine/run.hh"

#include <algorithm>

#include "engine/companion.hh"
#include "engine/crash.hh"
#include "engine/lane.hh"
#include "engine/pump.hh"

namespace flowrun::engine {
namespace {

std::atomic<std::uint64_t> runs{0};
std::atomic<Run*> now_running{nullptr};

// The lane of this thread, and the run it belongs to: a thread may have been in an earlier run of the process.
thread_local std::uint64_t here_run = 0;
thread_local Lane* here = nullptr;

void stop_instances(const Node& node) {
    if (node.table.stop == nullptr) return;
    for (std::uint32_t i = 0; i < node.made; ++i) guarded(node, node.table.stop, node.self_of(i));
}

}  // namespace

Run::Run(World& w, const flow::Checked& c, trace::Observer* o, Reporter& r, unsigned cores, std::uint64_t seed)
    : world(w), checked(c), observer(o), reporter(r), graph(c, o != nullptr), ids(seed), watch(*this),
      pool(*this, cores), timers(*this), steps_(w.steps()), slots_(expr::message_scope(c.constants.names).slots()),
      wall_offset_(w.wall() - w.now()), id_(++runs), seed_(seed) {
    for (auto& node : graph.nodes) node->run = this;
    for (auto& edge : graph.edges) {
        if (edge->async) edge->pump = Pump::make(*this, *edge);
    }
    now_running.store(this);
}

Run::~Run() {
    end_threads();
    leave();
}

void Run::leave() { now_running.store(nullptr); }

void Run::end_threads() {
    timers.stop();
    for (auto& edge : graph.edges) {
        if (edge->pump) edge->pump->stop();
    }
    wait_for_timers();
    watch.stop();
    pool.stop();
    each_lane([](Lane& lane) { lane.companion.reset(); });
}

// Jobs of timers run one after another: when one of ours has come, those before it are over.
void Run::wait_for_timers() {
    if (!used_timers_.exchange(false)) return;
    std::mutex mutex;
    Condition passed;
    bool over = false;
    world.at(world.now(), [&] {
        std::scoped_lock lock(mutex);
        over = true;
        world.wake_all(passed);
    });
    std::unique_lock lock(mutex);
    while (!over) world.wait(passed, lock, never);
}

Run* Run::current() { return now_running.load(std::memory_order_acquire); }

std::int64_t Run::now() { return world.wall(); }
std::uint64_t Run::random() { return ids.trace().low; }

Lane& Run::new_lane() {
    std::scoped_lock lock(lanes_mutex_);
    seed_ += 0xA0761D6478BD642Fu;
    lanes_.push_back(std::make_unique<Lane>(*this, graph.edges.size(), seed_));
    Lane& lane = *lanes_.back();
    if (cancelled.load()) {
        lane.cancelled.store(true);
        lane.interrupt.store(1);
    }
    return lane;
}

void Run::use_here(Lane& lane) {
    here_run = id_;
    here = &lane;
}

Lane& Run::lane_here() {
    if (here_run != id_) use_here(new_lane());
    return *here;
}

Lane* Run::lane_if_here() const { return here_run == id_ ? here : nullptr; }

std::uint64_t Run::message_numbers(std::uint64_t n) { return next_number_.fetch_add(n, std::memory_order_relaxed); }

void Run::began_message(Lane& lane) {
    add(lane.begun);
    if (max_messages == 0) return;
    std::uint64_t begun = 0;
    each_lane([&](Lane& each) { begun += each.begun.load(std::memory_order_relaxed); });
    if (begun >= max_messages) stop();
}

void Run::stop() {
    if (stopping.exchange(true)) return;
    each_lane([](Lane& lane) { lane.wake(); });
    for (auto& node : graph.nodes) {
        if (node->source) stop_instances(*node);
    }
    progress();
}

void Run::cancel() {
    stop();
    if (cancelled.exchange(true)) return;
    each_lane([](Lane& lane) {
        lane.cancelled.store(true);
        lane.interrupt.store(1);
        lane.wake();
    });
    for (auto& edge : graph.edges) {
        if (edge->pump) edge->pump->release_waiters();
    }
    for (auto& node : graph.nodes) {
        if (!node->source) stop_instances(*node);
    }
    progress();
}

void Run::hurry() {
    if (hurried_.exchange(true)) return;
    for (auto& edge : graph.edges) {
        if (edge->pump) edge->pump->hurry();
    }
    each_lane([](Lane& lane) { lane.wake(); });
}

void Run::progress() {
    std::scoped_lock lock(progress_mutex_);
    world.wake_all(progressed_);
}

void Run::ended(const Node& node) {
    const bool last = node.open.fetch_sub(1) == 1;
    auto quiet = [](const Edge* edge) { return !edge->pump || edge->pump->quiet(); };
    const bool drained = last && draining.load() && std::all_of(node.inputs.begin(), node.inputs.end(), quiet);
    if (drained || cancelled.load()) progress();
}

namespace {

// How many runs of plain hops went through each edge: those that began there, and those that came from before and went on.
class Through {
public:
    explicit Through(Run& run) : runs_(run.graph.edges.size()), known_(runs_.size()), before_(runs_.size()) {
        run.each_lane([&](Lane& lane) {
            for (std::size_t i = 0; i < runs_.size(); ++i) {
                runs_[i].begun += lane.runs[i].begun.load(std::memory_order_relaxed);
                runs_[i].ended += lane.runs[i].ended.load(std::memory_order_relaxed);
            }
        });
        for (auto& edge : run.graph.edges) {
            if (edge->next != nullptr) before_[edge->next->index].push_back(edge->index);
        }
    }
    // Sync edges have no cycles.
    std::uint64_t operator[](std::uint32_t edge) {
        Sums& sums = runs_[edge];
        if (known_[edge]) return sums.through;
        sums.through = sums.begun;
        for (std::uint32_t from : before_[edge]) sums.through += (*this)[from] - runs_[from].ended;
        known_[edge] = true;
        return sums.through;
    }

private:
    struct Sums {
        std::uint64_t begun = 0, ended = 0, through = 0;
    };
    std::vector<Sums> runs_;
    std::vector<bool> known_;
    std::vector<std::vector<std::uint32_t>> before_;
};

void add_up(Account& account, const Counts& c) {
    auto read = [](const Counts::Number& number) { return number.load(std::memory_order_relaxed); };
    account.accepted += read(c.accepted);
    account.ok += read(c.ok);
    account.filtered += read(c.filtered);
    account.dropped += read(c.dropped);
    account.claimed += read(c.claimed);
    account.failed += read(c.failed);
    account.retried += read(c.retried);
    account.late += read(c.late);
}

}  // namespace

Ledger Run::ledger(bool clean) {
    Ledger ledger;
    Through through(*this);
    for (auto& edge : graph.edges) {
        Account& account = ledger.edges.emplace_back();
        account.edge = edge->name;
        account.async = edge->async;
        each_lane([&](Lane& lane) { add_up(account, lane.counts[edge->index]); });
        account.accepted += through[edge->index];
        account.ok += through[edge->index];
        if (edge->async) account.left = edge->pump->left();
    }
    if (!clean) add_hung(ledger);
    ledger.raised = raised.load();
    ledger.root_failed = root_failed.load();
    ledger.unclaimed = unclaimed.load();
    ledger.refused = refused.load();
    each_lane([&](Lane& lane) { ledger.messages += lane.begun.load(std::memory_order_relaxed); });
    return ledger;
}

// What is on the stack of a call that never returned is left behind as well; of a plain hop nothing is counted before its end.
void Run::add_hung(Ledger& ledger) {
    each_lane([&](Lane& lane) {
        lane.trail.look([&](const Edge& newest, const Edge* first) {
            // Of an attempt its owner knows.
            if (first != nullptr && first->async) first = first == &newest ? nullptr : first->next;
            for (const Edge* edge = first; edge != nullptr; edge = edge == &newest ? nullptr : edge->next) {
                ++ledger.edges[edge->index].accepted;
            }
        });
    });
    for (auto& edge : graph.edges) {
        Account& account = ledger.edges[edge->index];
        if (edge->async) continue;
        std::uint64_t done = account.ok + account.filtered + account.claimed + account.failed;
        account.left = account.accepted - std::min(account.accepted, done);
    }
}

bool Run::settled(Lane& lane, const Edge& edge, const queue::Meta& meta, std::int32_t status) {
    Counts& counts = lane.counts[edge.index];
    bool lost = status < 0 && !lane.claimed;
    bool cut_short = lost && lane.error->code == Code::cancelled && cancelled.load();
    if (lost && !cut_short) {
        add(counts.failed);
        unclaimed.fetch_add(1, std::memory_order_relaxed);
        report(nullptr, &edge, &meta, *lane.error);
    } else if (!lost) {
        add(lane.claimed ? counts.claimed : counts.ok);
    }
    if (lost) lane.error.reset();
    lane.claimed = false;
    lane.reply = {};
    return !cut_short;
}

void Run::report(const Node* node, const Edge* edge, const queue::Meta* meta, const Error& error) {
    // A reader of stdout that has had enough is no failure: the run ends.
    if (error.detail.find("\"EPIPE\"") != std::string::npos) {
        stdout_closed.store(true);
        stop();
        hurry();
        return;
    }
    if (stdout_closed.load()) return;
    std::string where = edge != nullptr ? edge->name : node != nullptr ? node->name : std::string();
    reporter.failed({std::move(where), meta == nullptr ? std::string() : meta->id(), error});
}

}  // namespace flowrun::engine
