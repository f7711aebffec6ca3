#pragma once
// A host for one node at a time, in place of the engine: it keeps what is emitted, answers as the test says, and has a
// clock that moves only when told. Single-threaded. Values are the runner's own (component/values_table.hh).

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/ext/drain.h>
#include <flowrun/ext/item.h>
#include <flowrun/ext/outcome.h>
#include <flowrun/ext/reader.h>
#include <flowrun/ext/zone.h>
#include <flowrun/plugin.h>

#include "value/node.hh"
#include "value/value.hh"

namespace flowrun::test {

struct Failed {
    std::int32_t code = FLOWRUN_E_FAILED;
    std::string message = {};
    std::uint32_t retryable = FLOWRUN_RETRY_BY_CODE;
    std::int64_t retry_after = 0;
    std::string detail = {};  // JSON; empty: none
};

// What the downstream answers to a message, or a call comes to.
struct Answer {
    std::int32_t status = FLOWRUN_OK;
    std::string reply;  // JSON; empty: none
    Failed error = {};

    static Answer of(std::string reply) { return {FLOWRUN_OK, std::move(reply), {}}; }
    static Answer failed(std::int32_t code, std::string message) { return {code, "", {code, std::move(message)}}; }
};

struct Emitted {
    std::uint32_t port = 0;
    std::string json;
    std::string id;
    std::string key;
    std::int64_t index = 0, total = 0;
    bool forwarded = false;
};

struct Raised {
    Failed error;
    std::string value;  // JSON
    value::Kind kind = value::Kind::null;
};

class FakeHost;

// flowrun_call: one visit.
struct FakeCall {
    FakeHost* host = nullptr;
    const value::Node* message = nullptr;
    std::optional<Failed> failed;
    std::optional<Answer> last;  // of the last emit
    value::Value reply, last_reply, detail;
    std::vector<value::Value> kept;  // settings handed out
    std::int32_t setting_status = FLOWRUN_OK;
    std::optional<Answer> result;  // once it has one
    bool pending = false;
};

class FakeHost {
public:
    static FakeHost& current_host();  // the one that was made last
    // Opens the plugin at `path`; the test fails when that cannot be done.
    explicit FakeHost(const std::string& path);
    ~FakeHost();
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    const flowrun_plugin& plugin() const { return *plugin_; }
    const flowrun_component& component(std::string_view id) const;
    // Makes the node and starts it. False: refused, see `refused`.
    bool create(std::string_view id, std::string_view settings = "{}");
    void destroy();
    std::string ports(std::string_view settings);  // of ports_for, as JSON

    Answer handle(std::string_view json, std::uint32_t port = 0);
    std::vector<Answer> handle_batch(const std::vector<std::string>& jsons);
    // The same for a call that may stay pending: its result comes later, in `result`.
    FakeCall& begin(std::string_view json);
    Answer run();
    Answer end();
    Answer commit();  // its error is what was said with host->refuse
    void stop();

    // --- what the world does ---
    std::function<Answer(const Emitted&)> downstream = [](const Emitted&) { return Answer{}; };
    std::map<std::uint32_t, std::function<Answer(const value::Node& message)>>
        settings;                                                 // host->setting: `reply` is it
    std::function<Answer(const value::Node& item)> item_setting;  // flowrun.item/1; empty: the setting is not set
    bool has_item = true;                                         // whether there is that extension
    bool has_zone = true;                                         // likewise of flowrun.zone/1
    bool has_outcome = true;                                      // likewise of flowrun.outcome/1
    std::uint32_t outcome = 0;                                    // what that says
    bool may_drain = true;                                        // what flowrun.drain/1 answers
    std::string local_zone = "UTC";
    int readers_gone = 0;  // how often a node has said so (flowrun.reader/1)
    bool may_pend = true;
    bool may_begin = true;     // false: as when the run is ending
    bool defer_async = false;  // emit_async: answered by finish_async, else at once
    std::int32_t stopping = FLOWRUN_OK;
    std::function<void()> on_emit;   // called after each emit
    std::function<void()> on_sleep;  // called after each sleep
    std::function<void()> on_wait;   // called before each wait for a descriptor
    std::string message_id = "m1";
    std::int64_t message_total = 0;
    std::string mistake(std::string_view id,
                        std::string_view settings);  // what its `check` finds, as JSON; empty: nothing
    void advance(std::int64_t duration);             // moves the clock and lets timers go off
    void finish_async(std::size_t which, const Answer& answer);

    // --- what the component did ---
    std::vector<Emitted> emitted;
    std::uint64_t emitted_count = 0;
    bool keep_emitted = true;  // false: only counted, for much input
    std::vector<Raised> raised;
    std::vector<std::pair<std::uint32_t, std::string>> logged;
    std::vector<std::int64_t> slept;
    std::string refused;
    std::size_t in_flight() const { return async_.size(); }
    std::size_t timers() const { return timers_.size(); }
    std::int64_t now = 1'000'000'000;
    std::vector<std::string> jsons() const;  // of `emitted`
    const flowrun_host& table() const { return table_; }

private:
    friend struct FakeTable;
    struct Timer {
        std::uint64_t id;
        std::int64_t when;
        flowrun_timer_fn fn;
        void* user;
    };
    struct Async {
        flowrun_done_fn done;
        void* user;
        bool finished = false;
    };
    Answer deliver(FakeCall& call, std::uint32_t port, const value::Node& value, const flowrun_meta* meta,
                   bool forwarded);
    FakeCall& open(const value::Node* message);
    Answer settle(FakeCall& call, std::int32_t status);
    static void call_done(const Answer& answer, flowrun_done_fn done, void* user);

    const flowrun_plugin* plugin_ = nullptr;
    const flowrun_component* component_ = nullptr;
    void* self_ = nullptr;
    flowrun_host table_{};
    std::vector<std::unique_ptr<FakeCall>> calls_;
    std::vector<value::Value> messages_;
    std::vector<Timer> timers_;
    std::uint64_t next_timer_ = 1;
    std::vector<Async> async_;
};

std::string json_of(const flowrun_value* value);

}  // namespace flowrun::test
