#pragma once
// A stage for the engine's tests: a flow is written as YAML, its components are functions of the test, and it runs in a
// World that the test chooses.

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/virtual.hh"
#include "engine/host/host.hh"
#include "engine/run/runner.hh"
#include "flow/check.hh"
#include "flow/read.hh"
#include "flow/report.hh"
#include "value/json.hh"

namespace flowrun::engine::test {

// What a node of the test does. `host` is the real table.
using Handle = std::function<std::int32_t(const flowrun_host& host, flowrun_call* call, const flowrun_value* message)>;
// Of a batch: a result for each message.
using Handles = std::function<std::int32_t(const flowrun_host& host, flowrun_call* const* calls,
                                           const flowrun_value* const* messages, std::int32_t* results, std::size_t n)>;
using Body = std::function<std::int32_t(const flowrun_host& host, flowrun_call* call)>;

struct Role {
    Handle handle;    // of a node
    Handles handles;  // of a node that takes batches
    Body run;         // of a source
    Body end;
    std::function<std::int32_t(const flowrun_host& host)> commit;
    std::function<void()> stop;
    flowrun_node* node = nullptr;
    int made = 0;  // instances
};

class Reports final : public Reporter {
public:
    void failed(const Failure& failure) override {
        std::scoped_lock lock(mutex);
        failures.push_back(failure.where + ": " + std::string(name_of(failure.error.code)) + ": " +
                           failure.error.message);
    }
    void log(std::string_view node, Level, std::string_view text) override {
        std::scoped_lock lock(mutex);
        logs.push_back(std::string(node) + ": " + std::string(text));
    }
    void notice(Level, std::string_view text) override {
        std::scoped_lock lock(mutex);
        notices.emplace_back(text);
    }
    std::mutex mutex;
    std::vector<std::string> failures, logs, notices;
};

class Spans final : public trace::Observer {
public:
    void span(trace::Span&& span) override {
        std::scoped_lock lock(mutex);
        all.push_back(std::move(span));
    }
    std::mutex mutex;
    std::vector<trace::Span> all;
};

// Components: `source` (runs a role's run), `node` (an actor), `open` (reentrant and cooperative), `prompt` (that, and it
// says that it never waits), `foreign` (reentrant), `polite` (an actor that
// waits through the host only), `many` (an actor that takes batches), `swarm` (reentrant, cooperative, takes batches); each takes the role's
// name as setting `role`, its node's name when not given. Ports: in; out, other.
class Stage final : private flow::Catalog {
public:
    Stage();
    ~Stage() override;

    // Brings the components of a plugin as well.
    void bring(const char* plugin);

    std::map<std::string, Role> roles;
    Reports reports;
    Options options;
    bool traced = false;
    Spans spans;

    // Reads, checks and runs. Fails the test when the flow has mistakes.
    Outcome run(World& world, const std::string& yaml, const std::function<void(Runner&)>& meanwhile = {});
    Outcome run(const std::string& yaml, std::uint64_t seed = 1);  // in virtual time

    // Why a right flow cannot be started in this world.
    std::string refusal(World& world, const std::string& yaml);
    // Why the flow is refused; empty: it is not.
    std::string mistakes(const std::string& yaml);

    // A role that emits {"n": 0} … {"n": count-1}, each after `every`.
    static Role numbers(int count, Duration every = 0);
    // A role that appends each message to `into`, as JSON.
    static Role collect(std::vector<std::string>& into);

private:
    const flow::Checked& check(const std::string& yaml);
    Runner::Tables tables();
    std::expected<const flow::ComponentInfo*, flow::CatalogFailure> find(std::string_view id) override;
    std::vector<std::string> ids() override;
    std::expected<flow::Ports, std::string> ports(const flow::ComponentInfo&, const value::Node&) override;
    // Any queue: what is behind it the test says (options.queues).
    std::optional<flow::QueueMistake> mistake_in_queue(std::string_view, std::string_view) override {
        return std::nullopt;
    }
    std::vector<flow::SettingsMistake> mistakes_in(const flow::ComponentInfo&, const value::Node&,
                                                   std::vector<flow::Claim>&) override;

    std::list<flow::Checked> checked_;  // what it has run
    std::map<std::string, std::unique_ptr<flow::ComponentInfo>, std::less<>> infos_;
    std::map<std::string, flowrun_component, std::less<>> tables_;
};

inline std::string text(const flowrun_value* v) { return value::to_json(*reinterpret_cast<const value::Node*>(v)); }
inline std::int64_t number(const flowrun_value* v, std::string_view key) {
    const value::Node* n = reinterpret_cast<const value::Node*>(v)->member(key);
    return n == nullptr ? -1 : n->as_int().value_or(-1);
}
std::int32_t fail(const flowrun_host& host, flowrun_call* call, std::int32_t code, const std::string& message);

}  // namespace flowrun::engine::test
