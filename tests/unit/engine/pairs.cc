// Each option of an edge alone and in every pair, on sync and async edges: a pair that the check refuses is refused, and of
// any other both effects hold. What it finds is the table of flowrun-flow(5), which FLOWRUN_UPDATE=1 writes anew.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "seeds.hh"
#include "stage.hh"

using namespace flowrun;
using namespace flowrun::engine;
using namespace flowrun::engine::test;

namespace {

struct Option {
    std::string name;
    std::string text;
    enum class Where { edge, target, source } where = Where::edge;
};
const std::array options{Option{"when", "when: \"msg.n != 5\""},
                         Option{"map", "map: { n: \"${msg.n}\", twice: \"${msg.n * 2}\" }"},
                         Option{"key", "key: \"string(msg.n % 3)\""},
                         Option{"buffer", "buffer: 2"},
                         Option{"overflow", "overflow: drop_newest"},
                         Option{"workers", "workers: 3"},
                         Option{"order", "order: by_key"},
                         Option{"batch", "batch: 4"},
                         Option{"rate", "rate: 100/s"},
                         Option{"timeout", "timeout: 100ms"},
                         Option{"deadline", "deadline: 3s"},
                         Option{"retry", "retry: { attempts: 2, backoff: 10ms, jitter: none }"},
                         Option{"instances", "instances: 2", Option::Where::target},
                         Option{"fanout", "fanout: parallel", Option::Where::source}};
constexpr Duration each = 35 * millisecond;  // that a message takes
constexpr std::int64_t shaky = 3, unwanted = 5, hangs = 7, hangs_longer = 8;

// A flow with some of the options, and what came of each message.
class Trial {
public:
    Trial(std::set<std::string> names, bool async) : names_(std::move(names)), async_(async) {}

    std::string mistakes() { return Stage().mistakes(yaml()); }
    void run(std::uint64_t seed);
    void check() const;

private:
    bool has(const std::string& name) const { return names_.contains(name); }
    std::string yaml() const;
    // More than the default buffer holds where nothing else would make it overflow.
    int count() const { return has("overflow") && !has("buffer") ? 1500 : 12; }
    std::int32_t handle(const flowrun_host& host, flowrun_call* call, const flowrun_value* message);
    Role source();
    Role target();
    void check_messages() const;
    void check_queue() const;
    void check_times() const;
    std::uint64_t workers() const { return has("workers") ? 3 : 1; }
    std::uint64_t batch() const { return has("batch") ? 4 : 1; }

    const std::set<std::string> names_;
    const bool async_;
    std::map<std::int64_t, Time> emitted_, done_;
    std::map<std::int64_t, int> tries_;
    std::map<std::int64_t, std::string> failed_;
    std::map<std::int64_t, Time> failed_at_;
    std::map<std::string, std::vector<std::int64_t>> by_key_;
    std::vector<Time> begun_;  // of calls
    std::uint64_t inside_ = 0, most_ = 0, largest_ = 0, ahead_ = 0;
    int made_ = 0;
    bool twice_ = true, keyed_ = true;
    Account account_;
};

std::string Trial::yaml() const {
    std::string edge, target, from;
    for (const Option& option : options) {
        if (!has(option.name)) continue;
        if (option.where == Option::Where::edge) edge += (edge.empty() ? "" : ", ") + option.text;
        if (option.where == Option::Where::target) target += ", " + option.text;
        if (option.where == Option::Where::source) from += ", " + option.text;
    }
    if (has("order: none")) edge += (edge.empty() ? "" : ", ") + std::string("order: none");
    std::string to = has("instances") ? "many" : "swarm";
    return "nodes: { from: {uses: source" + from + "}, to: {uses: " + to + target + "}, dead: {uses: open}" +
           (has("fanout") ? ", side: {uses: open}" : "") + " }\nedges:\n  - from.out " + (async_ ? "~>" : "->") +
           " to: {" + edge + "}\n  - to.error -> dead\n" + (has("fanout") ? "  - from.out -> side\n" : "");
}

std::int32_t Trial::handle(const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
    std::int64_t n = number(message, "n");
    int tries = ++tries_[n];
    flowrun_meta meta{};
    meta.size = sizeof meta;
    host.meta(call, &meta);
    std::string key(meta.key == nullptr ? "" : meta.key, meta.key_size);
    keyed_ = keyed_ && key == std::to_string(n % 3);
    twice_ = twice_ && number(message, "twice") == 2 * n;
    if (tries == 1) by_key_[key].push_back(n);
    bool long_one = (n == hangs && has("timeout")) || (n == hangs_longer && has("deadline"));
    std::int32_t status = host.sleep(call, long_one ? 10 * second : each);
    if (status != FLOWRUN_OK) return status;
    if (n == shaky && tries == 1 && has("retry")) return fail(host, call, FLOWRUN_E_UNAVAILABLE, "once");
    done_[n] = host.now();
    return FLOWRUN_OK;
}

Role Trial::target() {
    Role role;
    auto enter = [this](const flowrun_host& host, std::size_t n) {
        begun_.push_back(host.now());
        most_ = std::max(most_, ++inside_);
        largest_ = std::max<std::uint64_t>(largest_, n);
    };
    role.handle = [=, this](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        enter(host, 1);
        std::int32_t status = handle(host, call, message);
        --inside_;
        return status;
    };
    role.handles = [=, this](const flowrun_host& host, flowrun_call* const* calls, const flowrun_value* const* messages,
                             std::int32_t* results, std::size_t n) {
        enter(host, n);
        for (std::size_t i = 0; i < n; ++i) results[i] = handle(host, calls[i], messages[i]);
        --inside_;
        return FLOWRUN_OK;
    };
    return role;
}

Role Trial::source() {
    Role role;
    role.run = [this](const flowrun_host& host, flowrun_call* call) -> std::int32_t {
        for (int i = 0; i < count(); ++i) {
            value::Value v = *value::parse("{\"n\":" + std::to_string(i) + "}");
            host.emit(call, 0, reinterpret_cast<const flowrun_value*>(v.get()));
            emitted_[i] = host.now();
            ahead_ = std::max<std::uint64_t>(ahead_, emitted_.size() - done_.size() - failed_.size());
        }
        return FLOWRUN_OK;
    };
    return role;
}

void Trial::run(std::uint64_t seed) {
    Stage stage;
    stage.roles["from"] = source();
    stage.roles["to"] = target();
    stage.roles["dead"].handle = [this](const flowrun_host& host, flowrun_call*, const flowrun_value* message) {
        const auto* told = reinterpret_cast<const value::Node*>(message);
        std::int64_t n = told->member("msg")->member("n")->as_int().value();
        failed_[n] = *told->member("error")->member("code")->as_string();
        failed_at_[n] = host.now();
        return FLOWRUN_OK;
    };
    stage.roles["side"].handle = [](const flowrun_host& host, flowrun_call* call, const flowrun_value* message) {
        return number(message, "n") == 0 ? host.sleep(call, each) : FLOWRUN_OK;
    };
    Outcome outcome = stage.run(yaml(), seed);
    made_ = stage.roles["to"].made;
    account_ = outcome.ledger.edges[0];
    REQUIRE(outcome.drained);
    REQUIRE(account_.left == 0);
    REQUIRE(account_.failed == 0);  // the error route takes all
}

void Trial::check() const {
    check_messages();
    if (async_) check_queue();
    check_times();
    REQUIRE(made_ == (has("instances") ? 2 : 1));
    if (has("fanout")) REQUIRE(emitted_.at(0) < 2 * each);
}

void Trial::check_messages() const {
    if (has("when") || !has("overflow")) REQUIRE(tries_.contains(unwanted) == !has("when"));
    REQUIRE(account_.filtered == (has("when") ? 1 : 0));
    REQUIRE(twice_ == has("map"));
    REQUIRE(keyed_ == has("key"));
    REQUIRE(account_.accepted == static_cast<std::uint64_t>(count()));
    REQUIRE(done_.size() == account_.ok);
    REQUIRE(failed_.size() == account_.claimed);
    if (!has("timeout") && !has("deadline")) REQUIRE(failed_.empty());
    if (tries_.contains(shaky) && !failed_.contains(shaky)) REQUIRE(tries_.at(shaky) == (has("retry") ? 2 : 1));
    if (!has("retry")) REQUIRE(account_.retried == 0);
}

void Trial::check_queue() const {
    REQUIRE(account_.dropped == account_.accepted - account_.ok - account_.claimed - account_.filtered);
    REQUIRE((account_.dropped > 0) == has("overflow"));
    // Within the bound, unless nothing bounds it; a stuck message may hold up all that is behind it.
    if (has("buffer")) {
        if (!has("overflow") && !has("when")) REQUIRE(ahead_ <= 2 + workers() * batch() + 1);
    } else if (!has("overflow") && !has("fanout")) {
        REQUIRE(ahead_ >= 8);
    }
    if (has("overflow")) REQUIRE(emitted_.rbegin()->second <= each + 5 * millisecond);
    REQUIRE(most_ <= workers());
    if (has("workers")) REQUIRE(most_ >= 2);
    REQUIRE(largest_ <= batch());
    if (has("batch")) REQUIRE(largest_ >= 2);
    if (has("order") || !(has("workers") || has("order: none"))) {
        for (const auto& [key, numbers] : by_key_) REQUIRE(std::is_sorted(numbers.begin(), numbers.end()));
    }
    if (has("rate")) {
        for (std::size_t i = 0; i < begun_.size(); ++i) {
            REQUIRE(begun_[i] - begun_[0] >= static_cast<Duration>(i) * 10 * millisecond - 5 * millisecond);
        }
    }
}

void Trial::check_times() const {
    constexpr Duration late = 50 * millisecond;
    if (has("timeout") && tries_.contains(hangs)) REQUIRE(failed_.at(hangs) == "timeout");
    if (has("deadline") && (tries_.contains(hangs_longer) || failed_.contains(hangs_longer))) {
        REQUIRE(failed_.at(hangs_longer) == "timeout");
    }
    // Nothing arrives after its deadline, which begins at the latest when the emitter goes on.
    if (has("deadline") && async_) {
        for (const auto& [n, at] : done_) REQUIRE(at <= emitted_.at(n) + 3 * second + late);
    }
    if (has("timeout") && !async_) {
        REQUIRE(emitted_.at(hangs) - emitted_.at(hangs - 1) <= (has("retry") ? 2 : 1) * (100 + 20) * millisecond);
    }
}

// How the pair is written on such an edge: 'y' as it is, 'o' with an order, 'k' with a key; '-': it is refused.
char legal(const Option& one, const Option& other, bool async, std::set<std::string>& names) {
    names = {one.name, other.name};
    if (Trial(names, async).mistakes().empty()) return 'y';
    std::set<std::string> with_order = names, with_key = names;
    with_order.insert("order: none");
    with_key.insert("key");
    if (names.contains("order") && Trial(with_key, async).mistakes().empty()) return names = with_key, 'k';
    if (!names.contains("order") && Trial(with_order, async).mistakes().empty()) return names = with_order, 'o';
    return '-';
}

// A cell of the table: on which edges, and with what beside.
std::string cell(char sync, char async) {
    if (async == '-') return sync == '-' ? "-" : "s";
    if (sync != '-') return "b";
    return std::string(1, async == 'y' ? 'a' : async);
}

std::string padded(std::string text, std::size_t width) {
    text.insert(0, width - std::min(width, text.size()), ' ');
    return text;
}

std::string table(const std::map<std::pair<std::size_t, std::size_t>, std::string>& cells) {
    std::string out = ".Bd -literal -offset 2n\n" + std::string(13, ' ');
    for (std::size_t i = 0; i < options.size(); ++i) out += padded(std::to_string(i + 1), 3);
    for (std::size_t row = 0; row < options.size(); ++row) {
        std::string name = options[row].name;
        out += "\n" + padded(std::to_string(row + 1), 2) + " " + name + std::string(10 - name.size(), ' ');
        for (std::size_t column = 0; column <= row; ++column) out += padded(cells.at({row, column}), 3);
    }
    return out + "\n.Ed\n";
}

}  // namespace

TEST_CASE("Each pair of options holds on each kind of edge, or is refused") {
    constexpr std::size_t interleavings = 4;
    std::map<std::pair<std::size_t, std::size_t>, std::string> cells;
    for (std::size_t row = 0; row < options.size(); ++row) {
        for (std::size_t column = 0; column <= row; ++column) {
            std::map<bool, char> found;
            for (bool async : {false, true}) {
                std::set<std::string> names;
                found[async] = legal(options[row], options[column], async, names);
                if (found[async] == '-') continue;
                for (std::uint64_t seed : seeds() | std::views::take(interleavings)) {
                    CAPTURE(options[row].name, options[column].name, async, seed);
                    Trial trial(names, async);
                    trial.run(seed);
                    trial.check();
                }
            }
            cells[{row, column}] = cell(found[false], found[true]);
            CHECK(found[true] != '-');  // on an async edge all have a meaning together
        }
    }
    const std::string path = FLOWRUN_MANUAL;
    std::stringstream page;
    page << std::ifstream(path).rdbuf();
    const std::string text = page.str(), begin = ".\\\" PAIRS BEGIN\n", end = ".\\\" PAIRS END\n";
    const std::size_t from = text.find(begin) + begin.size(), to = text.find(end);
    REQUIRE(to != std::string::npos);
    REQUIRE(from < text.size());
    if (std::getenv("FLOWRUN_UPDATE") != nullptr) {
        std::ofstream(path) << text.substr(0, from) << table(cells) << text.substr(to);
    } else {
        CHECK(text.substr(from, to - from) == table(cells));
    }
}
