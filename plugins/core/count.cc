// count: how many messages there were, by key.

#include <flowrun/ext/written.h>
#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "components.hh"
#include "given.hh"
#include "key.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Count {
public:
    static constexpr Description description = {
        .id = "count",
        .summary = "Counts messages, by key, and sends the totals at the end",
        .doc =
            "A total is {count: n}, or with 'key' one {key, count} for each key, in the order in which they first "
            "came. With 'every' the totals are also sent again and again while messages come or not; those at the end "
            "are always sent, unless a drain was cut short: then nothing more goes on.\n"
            "A message whose key is new when 'max' keys are counted, or those take 'max_bytes' of memory, fails: no "
            "total "
            "is ever wrong.",
        .settings = R"({"type": "object", "properties": {
            "key": {"x-expression": true, "description": "What is counted apart; left out: all are counted together"},
            "every": {"x-duration": true, "default": "0s", "minimum": 0,
                      "description": "How often totals are sent meanwhile; 0s: only at the end"},
            "reset": {"type": "boolean", "default": false,
                      "description": "Whether counting begins anew after each sending"},
            "max": {"type": "integer", "minimum": 1, "default": 1000000, "description": "How many keys are counted"},
            "max_bytes": {"x-size": true, "minimum": 1, "default": "256MiB",
                          "description": "How many bytes of memory these take"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "The totals"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    Count(Node node, Value settings)
        : node_(node), every_(settings["every"].integer().value_or(0)),
          max_(settings["max"].unsigned_integer().value_or(1'000'000)),
          max_bytes_(settings["max_bytes"].unsigned_integer().value_or(std::uint64_t{256} << 20U)),
          reset_(settings["reset"].boolean().value_or(false)), keyed_(has_key(node)) {}

    Status start() {
        set_timer();
        return Status::ok;
    }

    Status handle(Call call, std::uint32_t, Value) {
        const Given key = given(call, key_setting);
        if (key.failed()) return key.status;
        std::string text;
        if (key) key_text(key.value, text);
        const std::lock_guard lock(mutex_);
        if (const auto found = by_key_.find(text); found != by_key_.end()) {
            ++totals_[found->second].count;
            return Status::ok;
        }
        if (totals_.size() >= max_) throw too_many(text, std::to_string(max_) + " keys are counted already", "max");
        const std::uint64_t memory = place + text.size();
        if (bytes_ + memory > max_bytes_) {
            throw too_many(text, "those that are counted take the " + std::to_string(max_bytes_) + " bytes",
                           "max_bytes");
        }
        bytes_ += memory;
        totals_.push_back({std::move(text), 1});
        by_key_.emplace(totals_.back().key, totals_.size() - 1);
        return Status::ok;
    }

    Status end(Call call) {
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
        }
        send(call);
        return Status::ok;
    }

private:
    static constexpr std::uint32_t key_setting = 0;
    static constexpr std::uint64_t place = 128;  // bytes of memory that a total takes beside the text of its key

    // The key depends on the message, so it is not among the settings that are made for all of them.
    static bool has_key(Node node) {
        const auto* const written = node.extension<flowrun_written>(FLOWRUN_WRITTEN_ID);
        if (!written) return false;
        Builder builder(node.values());
        written->settings(node.raw(), builder.raw());
        return static_cast<bool>(builder.finish()["key"]);
    }
    struct Total {
        std::string key;  // JSON; empty: there are no keys
        std::uint64_t count = 0;
    };

    Failure too_many(const std::string& key, const std::string& why, const std::string& setting) {
        Failure failure(Status::overflow,
                        "the key " + shown_key(node_, key) + " is new, and " + why + ", the limit set by " + setting);
        failure.retry(Retry::no);
        return failure;
    }

    // One after another, so that memory does not grow by what is sent. What fails is the host's to count.
    void send(Call call) {
        Builder builder(call.values());
        if (reset_) {
            for (const Total& total : taken()) send_one(call, builder, total);
            return;
        }
        for (std::size_t i = 0; !is_error(call.stopping()); ++i) {
            const std::optional<Total> next = total(i);
            if (!next) return;
            send_one(call, builder, *next);
        }
    }

    std::deque<Total> taken() {
        const std::lock_guard lock(mutex_);
        std::deque<Total> all;
        all.swap(totals_);
        by_key_.clear();
        bytes_ = 0;
        if (all.empty() && !keyed_) all.emplace_back();
        return all;
    }

    std::optional<Total> total(std::size_t index) {
        const std::lock_guard lock(mutex_);
        if (index < totals_.size()) return totals_[index];
        if (index == 0 && !keyed_) return Total{};
        return std::nullopt;
    }

    static void send_one(Call call, Builder& builder, const Total& total) {
        builder.map();
        if (!total.key.empty()) (void)builder.key("key").json(total.key);
        (void)call.emit(0, builder.key("count").unsigned_integer(total.count).end().finish());
    }

    void set_timer() {
        if (every_ > 0) (void)node_.timer(every_, &Count::time_has_come, this);
    }
    static void time_has_come(void* user) {
        auto& self = *static_cast<Count*>(user);
        {
            const std::lock_guard lock(self.mutex_);
            if (self.ended_) return;
            // A downstream that takes longer than 'every' gets no second sending meanwhile.
            if (std::exchange(self.sending_, true)) return;
        }
        if (const Root root(self.node_); root) self.send(root.call());
        {
            const std::lock_guard lock(self.mutex_);
            self.sending_ = false;
            if (self.ended_) return;
        }
        self.set_timer();
    }

    Node node_;
    std::int64_t every_;  // nanoseconds; 0: only at the end
    std::uint64_t max_, max_bytes_;
    bool reset_;
    std::mutex mutex_;          // guards all below; never held while the host is called
    std::deque<Total> totals_;  // stay where they are: by_key_ looks into them
    std::unordered_map<std::string_view, std::size_t> by_key_;
    std::uint64_t bytes_ = 0;  // of memory, by totals_
    bool keyed_ = false, ended_ = false, sending_ = false;
};

}  // namespace

constinit const flowrun_component count_component = sdk::component<Count>();

}  // namespace flowrun::core
