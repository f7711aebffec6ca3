// P6: a process a message. The limit: posix_spawn by hand, with nothing but what the workload needs.
//   p6 true COUNT    /bin/true, two threads       p6 cat COUNT   /bin/cat: the message in, its echo out, two threads
//   p6 kept COUNT    one cat for all: a line in, a line out, one at a time
//   p6 ballast COUNT GIB   as true, from a process that has touched so much memory
#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>

#include "bench.hh"

namespace {

const std::string message = std::string(299, 'x') + '\n';

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::_Exit(1);
}

pid_t start(const char* path, const posix_spawn_file_actions_t* actions) {
    char* argv[] = {const_cast<char*>(path), nullptr};
    pid_t child = 0;
    if (posix_spawn(&child, path, actions, nullptr, argv, environ) != 0) fail(path);
    return child;
}

void end(pid_t child) {
    int status = 0;
    if (waitpid(child, &status, 0) != child || status != 0) fail("the child");
}

void run_true() { end(start("/bin/true", nullptr)); }

struct Pipes {
    int to[2], from[2];
    pid_t child;
    Pipes() {
        if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) fail("pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, to[0], 0);
        posix_spawn_file_actions_adddup2(&actions, from[1], 1);
        child = start("/bin/cat", &actions);
        posix_spawn_file_actions_destroy(&actions);
        close(to[0]);
        close(from[1]);
    }
    void send() const {
        if (write(to[1], message.data(), message.size()) != static_cast<ssize_t>(message.size())) fail("write");
    }
    // Up to the whole message, or to the end.
    std::size_t receive(bool to_end) const {
        char buffer[4096];
        std::size_t size = 0;
        while (to_end || size < message.size()) {
            const ssize_t got = read(from[0], buffer, sizeof buffer);
            if (got < 0) fail("read");
            if (got == 0) break;
            size += static_cast<std::size_t>(got);
        }
        return size;
    }
    void finish() const {
        close(from[0]);
        end(child);
    }
};

void run_cat() {
    const Pipes pipes;
    pipes.send();
    close(pipes.to[1]);
    if (pipes.receive(true) != message.size()) fail("cat");
    pipes.finish();
}

void keep_cat(int count) {
    const Pipes pipes;
    for (int i = 0; i < count; ++i) {
        pipes.send();
        if (pipes.receive(false) != message.size()) fail("cat");
    }
    close(pipes.to[1]);
    pipes.finish();
}

void by_two(int count, void (*run)()) {
    const auto many = [run](int n) {
        for (int i = 0; i < n; ++i) run();
    };
    std::thread other(many, count / 2);
    many(count - count / 2);
    other.join();
}

void carry(double gib) {
    const auto size = static_cast<std::size_t>(gib * (1U << 30U));
    void* const memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) fail("mmap");
    (void)madvise(memory, size, MADV_NOHUGEPAGE);
    std::memset(memory, 1, size);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 64;
    const std::string_view what = argv[1];
    const int count = std::atoi(argv[2]);
    if (argc > 3) carry(std::atof(argv[3]));
    const double begun = bench::now();
    if (what == "true" || what == "ballast") by_two(count, run_true);
    else if (what == "cat") by_two(count, run_cat);
    else if (what == "kept") keep_cat(count);
    else return 64;
    bench::report(count, bench::now() - begun);
    return 0;
}
