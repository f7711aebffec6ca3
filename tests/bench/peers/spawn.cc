// Runs a command from a small parent, so that neither its start nor its memory is that of a large one.
//   spawn COUNT COMMAND…   COUNT times one after another, with /dev/null on stdin and stdout; reports the median time
//   spawn once COMMAND…    once, with this program's stdin, stdout and stderr; reports what it used
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "bench.hh"

namespace {

struct Used {
    double wall = 0;
    rusage usage{};
};

double seconds(const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; }

// Ends the program when the command fails.
Used run(char** command, const posix_spawn_file_actions_t* actions) {
    Used used;
    const double start = bench::now();
    pid_t child = 0;
    int status = 0;
    if (const int wrong = posix_spawnp(&child, command[0], actions, nullptr, command, environ)) {
        std::fprintf(stderr, "spawn: %s: %s\n", command[0], std::strerror(wrong));
        std::exit(1);
    }
    if (wait4(child, &status, 0, &used.usage) != child || status != 0) {
        std::fprintf(stderr, "spawn: %s ended with status %d\n", command[0], status);
        std::exit(1);
    }
    used.wall = bench::now() - start;
    return used;
}

int once(char** command) {
    const Used used = run(command, nullptr);
    std::fprintf(stderr, "USED wall=%.9f cpu=%.6f kib=%ld\n", used.wall,
                 seconds(used.usage.ru_utime) + seconds(used.usage.ru_stime), used.usage.ru_maxrss);
    return 0;
}

int often(int count, char** command) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    std::vector<double> times;
    long kib = 0;
    double cpu = 0;
    for (int i = 0; i < count; ++i) {
        const Used used = run(command, &actions);
        times.push_back(used.wall);
        kib = std::max(kib, used.usage.ru_maxrss);
        cpu += seconds(used.usage.ru_utime) + seconds(used.usage.ru_stime);
    }
    posix_spawn_file_actions_destroy(&actions);
    const auto middle = times.begin() + count / 2;
    std::nth_element(times.begin(), middle, times.end());
    bench::report(1, *middle);
    std::fprintf(stderr, "USED wall=%.9f cpu=%.6f kib=%ld\n", *middle, cpu / count, kib);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 64;
    if (argv[1] == std::string_view("once")) return once(argv + 2);
    const int count = std::atoi(argv[1]);
    return count > 0 ? often(count, argv + 2) : 64;
}
