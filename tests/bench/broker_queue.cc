// A queue of a plugin by itself: bench_broker_queue PLUGIN.so URL MESSAGES IN-FLIGHT. Puts messages in and takes them out, in one
// process, so that never more than so many are between; each is answered after it was taken. Prints messages a second.
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include "../queue/queue.hh"
#include "peers/p4.hh"

namespace {

struct Counts {
    std::mutex mutex;
    std::condition_variable changed;
    long pushed = 0, settled = 0, wrong = 0;
    bool arrived = false;
};

void count(void* user, long Counts::* what, std::int32_t status) {
    Counts& of = *static_cast<Counts*>(user);
    const std::scoped_lock lock(of.mutex);
    ++(of.*what);
    if (status != FLOWRUN_OK) ++of.wrong;
    of.changed.notify_one();
}

const flowrun_queue_listener listener = {
    sizeof listener,
    0,
    [](void* user, std::uint64_t, std::int32_t status, flowrun_text) { count(user, &Counts::pushed, status); },
    [](void* user) {
        Counts& of = *static_cast<Counts*>(user);
        const std::scoped_lock lock(of.mutex);
        of.arrived = true;
        of.changed.notify_one();
    },
    [](void* user, std::uint64_t, std::int32_t status, flowrun_text) { count(user, &Counts::settled, status); },
    [](void*, std::uint64_t, flowrun_text) {},
    [](void*, std::uint64_t) {},
    [](void*, std::uint64_t) {},
    [](void*, std::int32_t, flowrun_text text) { bench::die(string_of(text).c_str()); },
    [](void*) {},
    [](void*, flowrun_text) {},
    nullptr};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) bench::die("PLUGIN.so URL MESSAGES IN-FLIGHT");
    const auto [messages, in_flight] = bench::numbers(argv + 3);
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 1;
    Counts counts;
    flowrun_queue_spec spec{};
    spec.size = sizeof spec;
    spec.url = text_of(argv[2]);
    spec.name = text_of("bench");
    spec.flow = text_of("bench");
    std::string why;
    std::int32_t status = FLOWRUN_OK;
    flowrun_queue* const queue = table->open(&host(), &spec, &listener, &counts, &status, keep_text, &why);
    if (queue == nullptr) bench::die(why.c_str());
    long sent = 0, taken = 0;
    const double begin = bench::now();
    while (true) {
        {
            std::unique_lock lock(counts.mutex);
            if (counts.settled >= messages) break;
            counts.changed.wait(lock, [&] {
                return counts.arrived || counts.settled >= messages ||
                       (sent < messages && sent - counts.settled < in_flight);
            });
            counts.arrived = false;
        }
        for (;;) {
            {
                const std::scoped_lock lock(counts.mutex);
                if (sent >= messages || sent - counts.settled >= in_flight) break;
            }
            flowrun_queue_item item{};
            item.size = sizeof item;
            item.body = text_of(bench::body);
            const std::string id = "id-" + std::to_string(++sent);
            item.id = text_of(id);
            table->push(queue, &item, static_cast<std::uint64_t>(sent));
        }
        std::vector<std::uint64_t> leases;
        const auto keep = [](void* user, const flowrun_queue_item* item) {
            static_cast<std::vector<std::uint64_t>*>(user)->push_back(item->lease);
        };
        while (table->take(queue, 256, keep, &leases) != 0) {}
        for (const std::uint64_t lease : leases) table->ack(queue, lease);
        taken += static_cast<long>(leases.size());
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    table->close(queue);
    if (counts.wrong != 0 || taken < messages) bench::die("something went wrong");
}
