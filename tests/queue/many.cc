// queue-many PLUGIN.so FOLDER COUNT: a queue of sqlite.so that holds COUNT messages is opened within 2 s, tells its depth at once, is
// listed within a second, and works with no more memory than one that holds few. FOLDER is empty.
#include <sys/resource.h>

#include <cstdlib>

#include "queue.hh"

namespace {

// A sanitizer keeps what was freed for a while.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr double most_mebibytes = 1000;
#else
constexpr double most_mebibytes = 60;
#endif

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double mebibytes() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_maxrss) / 1024;
}

class Watch {
public:
    explicit Watch(const char* what) : what_(what) {}
    void stop(double most) const {
        const double took = seconds() - begun_;
        std::printf("%-28s %8.3f s\n", what_, took);
        require(took <= most, std::string(what_) + " took too long");
    }

private:
    const char* what_;
    const double begun_ = seconds();
};

void all(const flowrun_queue_table& table, const std::string& url, std::uint64_t count) {
    constexpr double any = 1e9;
    constexpr std::uint64_t part = 20'000, taken = 20'000;
    const std::string body = '"' + std::string(98, 'x') + '"';  // JSON, for who runs a flow over it
    {
        Queue queue(table, url, "many");
        const Watch filling("filled");
        for (std::uint64_t i = 1; i <= count; ++i) {
            require(queue.push(i, body) >= 0, "push");
            if (i % part == 0 || i == count) queue.forget_through(i);
        }
        filling.stop(any);
    }
    const Watch opening("opened");
    Queue queue(table, url, "many");
    opening.stop(2);
    require(queue.depth().waiting == count, "the depth is right");
    const Watch listing("listed beside it");
    std::uint64_t listed = 0;
    std::string why;
    table.list(
        text_of(url),
        [](void* user, flowrun_text, const flowrun_queue_depth* depth) {
            *static_cast<std::uint64_t*>(user) = depth->waiting;
        },
        &listed, keep_text, &why);
    listing.stop(1);
    require(listed == count, "it is listed: " + why);
    const Watch working("20,000 taken and removed");
    std::uint64_t next = 0;
    for (std::uint64_t done = 0; done < taken;) {
        const auto some = queue.take_all(std::min<std::uint64_t>(1000, taken - done));
        for (const Taken& one : some) {
            require(one.id == "id-" + std::to_string(++next), "in order");
            queue.ack(one.lease);
        }
        done += some.size();
    }
    queue.settled(taken);
    working.stop(any);
    std::printf("%-28s %8.1f MiB\n", "memory at most", mebibytes());
    require(mebibytes() < most_mebibytes, "it takes too much memory");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: queue-many PLUGIN.so FOLDER COUNT\n");
        return 64;
    }
    const flowrun_queue_table* const table = table_of(argv[1]);
    if (table == nullptr) return 69;
    try {
        all(*table, "sqlite:" + std::string(argv[2]) + "/store.db", std::strtoull(argv[3], nullptr, 10));
        return 0;
    } catch (const Failed& why) {
        std::printf("FAILED: %s\n", why.what());
        return 1;
    }
}
