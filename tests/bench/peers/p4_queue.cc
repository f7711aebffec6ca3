// P4, a plugin's queue without the runner: peer_p4_queue PLUGIN.so URL COUNT BATCH. One thread pushes, takes and acks, with BATCH
// messages on their way at a time.
#include <cstdlib>

#include "../../queue/queue.hh"

namespace {

struct Counts {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t held = 0, settled = 0;
    bool arrived = false, failed = false;
};

const flowrun_queue_listener listener = {sizeof listener,
                                         0,
                                         [](void* user, std::uint64_t, std::int32_t status, flowrun_text) {
                                             Counts& counts = *static_cast<Counts*>(user);
                                             const std::scoped_lock lock(counts.mutex);
                                             ++counts.held;
                                             counts.failed = counts.failed || status != FLOWRUN_OK;
                                             counts.changed.notify_one();
                                         },
                                         [](void* user) {
                                             Counts& counts = *static_cast<Counts*>(user);
                                             const std::scoped_lock lock(counts.mutex);
                                             counts.arrived = true;
                                             counts.changed.notify_one();
                                         },
                                         [](void* user, std::uint64_t, std::int32_t, flowrun_text) {
                                             Counts& counts = *static_cast<Counts*>(user);
                                             const std::scoped_lock lock(counts.mutex);
                                             ++counts.settled;
                                             counts.changed.notify_one();
                                         },
                                         [](void*, std::uint64_t, flowrun_text) {},
                                         [](void*, std::uint64_t) {},
                                         [](void*, std::uint64_t) {},
                                         [](void* user, std::int32_t, flowrun_text text) {
                                             std::fprintf(stderr, "peer_p4_queue: %s\n", string_of(text).c_str());
                                             static_cast<Counts*>(user)->failed = true;
                                         },
                                         [](void*) {},
                                         [](void*, flowrun_text) {}};

void work(const flowrun_queue_table& table, flowrun_queue* queue, Counts& counts, std::uint64_t count,
          std::uint64_t batch) {
    const std::string body(64, 'x'), id = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    flowrun_queue_item item{};
    item.size = sizeof item;
    item.body = text_of(body);
    item.id = text_of(id);
    item.accepted = item.time = wall();
    const std::string run = std::to_string(wall()) + "-";
    std::vector<std::uint64_t> leases;
    std::uint64_t pushed = 0, taken = 0, held = 0;
    while (taken < count || held < count) {
        for (; pushed < count && pushed < taken + batch && pushed < held + batch; ++pushed) {
            const std::string id = run + std::to_string(pushed);  // of two with one id a server may keep one
            item.id = text_of(id);
            table.push(queue, &item, pushed + 1);
        }
        leases.clear();
        table.take(
            queue, 1024,
            [](void* user, const flowrun_queue_item* one) {
                static_cast<std::vector<std::uint64_t>*>(user)->push_back(one->lease);
            },
            &leases);
        for (const std::uint64_t lease : leases) table.ack(queue, lease);
        taken += leases.size();
        std::unique_lock lock(counts.mutex);
        if (leases.empty())
            counts.changed.wait(lock, [&] { return counts.arrived || counts.held != held || counts.failed; });
        counts.arrived = false;
        held = counts.held;
        if (counts.failed) std::exit(1);
    }
    std::unique_lock lock(counts.mutex);
    counts.changed.wait(lock, [&] { return counts.settled >= count; });
}

}  // namespace

int main(int argc, char** argv) {
    const flowrun_queue_table* const table = argc == 5 ? table_of(argv[1]) : nullptr;
    if (table == nullptr) return 64;
    Counts counts;
    flowrun_queue_spec spec{};
    spec.size = sizeof spec;
    spec.url = {argv[2], std::strlen(argv[2])};
    spec.name = text_of("peer_p4_queue");
    std::int32_t status = FLOWRUN_OK;
    std::string why;
    flowrun_queue* const queue = table->open(&host(), &spec, &listener, &counts, &status, keep_text, &why);
    if (queue == nullptr) {
        std::fprintf(stderr, "peer_p4_queue: %s\n", why.c_str());
        return 1;
    }
    work(*table, queue, counts, std::strtoull(argv[3], nullptr, 10), std::strtoull(argv[4], nullptr, 10));
    table->close(queue);
    return 0;
}
