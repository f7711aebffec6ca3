// throttle: lets only so many messages of a key through in a time.

#include <flowrun/component.hh>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "components.hh"
#include "given.hh"
#include "key.hh"
#include "rate.hh"
#include "recent.hh"

namespace flowrun::core {
namespace {

using namespace sdk;

class Throttle {
public:
    static constexpr Description description = {
        .id = "throttle",
        .summary = "Lets only so many messages of each key through in a time",
        .doc =
            "It delays nothing: what is too much leaves by 'rejected' at once. To slow a flow down instead, give an "
            "edge a rate.\n"
            "Each key has a bucket that holds 'burst' tokens and fills at 'rate'; a message takes one. So in any time "
            "t at most burst + rate × t messages of a key pass. Beyond 'max' keys the one that has not come for "
            "longest is forgotten, and its bucket is full again.",
        .settings = R"({"type": "object", "required": ["rate"], "properties": {
            "rate": {"type": "string", "description": "How many pass in a time, such as 10/s, 50/m or 1/h"},
            "key": {"x-expression": true, "description": "Which messages count together; left out: all"},
            "burst": {"type": "integer", "minimum": 1,
                      "description": "How many may pass at once after a pause; left out: the number in 'rate'"},
            "max": {"type": "integer", "minimum": 1, "default": 100000, "description": "How many keys are remembered"}
        }})",
        .ports = R"({"in": {"in": "Messages"}, "out": {"out": "Those that are within the rate",
            "rejected": "The others; without an edge they are dropped"}})",
        .flags = FLOWRUN_REENTRANT | FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        std::string problem;
        if (Rate::read(settings["rate"].string().value_or(""), problem)) return std::nullopt;
        return Mistake{problem, "rate", "write a rate such as 50/s, 10/m or 1/h"};
    }

    Throttle(Node node, Value settings)
        : node_(node), buckets_({settings["max"].unsigned_integer().value_or(100'000), most_bytes}) {
        std::string problem;
        const auto rate = Rate::read(settings["rate"].string().value_or(""), problem);
        if (!rate) throw Failure(Status::invalid, problem);
        const double burst = settings["burst"].real().value_or(std::max(1.0, std::ceil(rate->count)));
        interval_ = static_cast<std::int64_t>(std::max(1.0, rate->interval));
        tolerance_ = static_cast<std::int64_t>(std::min(1e18, (burst - 1) * rate->interval));
    }

    Status handle(Call call, std::uint32_t, Value message) {
        const Given key = given(call, key_setting);
        if (key.failed()) return key.status;
        std::string text;
        if (key) key_text(key.value, text);
        return call.forward(passes(std::move(text), node_.now()) ? out_port : rejected_port, message);
    }

private:
    static constexpr std::uint32_t key_setting = 1, out_port = 0, rejected_port = 1;
    static constexpr std::uint64_t most_bytes = std::uint64_t{256} << 20U;  // of keys

    // A bucket is the time at which it will be full again: one number, and nothing to refill.
    bool passes(std::string key, std::int64_t now) {
        const std::lock_guard lock(mutex_);
        std::int64_t* const full = buckets_.find(key);
        if (!full) {
            buckets_.add(std::move(key), now + interval_);
            return true;
        }
        const std::int64_t from = std::max(*full, now);
        if (from - now > tolerance_) return false;
        *full = from + interval_;
        return true;
    }

    Node node_;
    std::int64_t interval_ = 1, tolerance_ = 0;  // nanoseconds: of one token, of all but one
    std::mutex mutex_;
    Recent<std::int64_t> buckets_;  // guarded by the mutex
};

}  // namespace

constinit const flowrun_component throttle_component = sdk::component<Throttle>();

}  // namespace flowrun::core
