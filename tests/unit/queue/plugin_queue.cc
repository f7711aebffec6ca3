#include "queue/plugin_queue.hh"

#include <catch2/catch.hpp>

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/machine.hh"

using namespace flowrun;
using namespace flowrun::queue;

namespace {

// A plugin's queue that gives out what is put into it here, and notes what it is told.
struct Kept {
    std::deque<std::string> bodies;
    std::vector<std::uint64_t> rejected;
    std::uint64_t next = 1;
} kept;

flowrun_queue* handle() { return reinterpret_cast<flowrun_queue*>(&kept); }

std::uint32_t take(flowrun_queue*, std::uint32_t most, flowrun_item_fn give, void* user) {
    std::uint32_t given = 0;
    for (; given < most && !kept.bodies.empty(); ++given) {
        const std::string body = std::move(kept.bodies.front());
        kept.bodies.pop_front();
        flowrun_queue_item item{};
        item.size = sizeof item;
        item.lease = kept.next++;
        item.body = {body.data(), body.size()};
        give(user, &item);
    }
    return given;
}

flowrun_queue_table table() {
    flowrun_queue_table made{};
    made.size = sizeof made;
    made.open = [](const flowrun_host*, const flowrun_queue_spec*, const flowrun_queue_listener*, void*, std::int32_t*,
                   flowrun_text_fn, void*) { return handle(); };
    made.take = take;
    made.reject = [](flowrun_queue*, std::uint64_t lease, std::uint32_t, flowrun_text) {
        kept.rejected.push_back(lease);
    };
    made.close = [](flowrun_queue*) {};
    return made;
}

}  // namespace

TEST_CASE("what cannot be read is rejected, and hides nothing that comes after it") {
    kept = {};
    kept.bodies = {"no JSON", "none either", "1", "{", "2"};
    Machine world;
    const flowrun_host host{};
    const flowrun_queue_table plugin = table();
    auto queue = PluginQueue::open(world, host, plugin,
                                   {.plugin = "fake.so", .url = "fake:", .name = "name", .flow = "flow", .origin = {}});
    REQUIRE(queue);
    Item item;
    REQUIRE((*queue)->take(&item, 1) == 1);
    CHECK(item.lease == 3);
    REQUIRE((*queue)->take(&item, 1) == 1);
    CHECK(item.lease == 5);
    CHECK((*queue)->take(&item, 1) == 0);
    CHECK(kept.rejected == std::vector<std::uint64_t>{1, 2, 4});
}
