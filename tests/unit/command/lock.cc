#include "command/lock.hh"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/machine.hh"

using namespace flowrun;
using namespace flowrun::command;

namespace {

struct Folder {
    std::string path;
    Folder() {
        char name[] = "/tmp/flowrun-lock-XXXXXX";
        REQUIRE(::mkdtemp(name) != nullptr);
        path = name;
    }
    ~Folder() {
        for (const char* file : {"/lock", "/flow.yaml"}) ::unlink((path + file).c_str());
        ::rmdir(path.c_str());
    }
    std::string lock() const { return path + "/lock"; }
};

// A process that holds the lock until it is killed.
struct Holder {
    pid_t pid;
    explicit Holder(const std::string& path) {
        int told[2];
        REQUIRE(::pipe(told) == 0);
        pid = ::fork();
        if (pid == 0) {
            Machine machine;
            auto lock = Lock::take(machine, path, 0);
            const char byte = lock ? 'y' : 'n';
            if (::write(told[1], &byte, 1) == 1) ::pause();
            ::_exit(0);
        }
        ::close(told[1]);
        char byte = 0;
        REQUIRE(::read(told[0], &byte, 1) == 1);
        ::close(told[0]);
        REQUIRE(byte == 'y');
    }
    ~Holder() { end(); }
    void end() {
        if (pid <= 0) return;
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        pid = 0;
    }
};

std::string content(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("a lock is had once, names its holder, and is free again afterwards") {
    const Folder folder;
    Machine machine;
    {
        const auto lock = Lock::take(machine, folder.lock(), 0);
        REQUIRE(lock);
        CHECK(content(folder.lock()) == std::to_string(::getpid()) + "\n");
        const auto second = Lock::take(machine, folder.lock(), 0);
        REQUIRE_FALSE(second);
        CHECK(second.error().taken);
        CHECK(second.error().message == "already running: pid " + std::to_string(::getpid()) + " holds " +
                                            folder.lock() + "; wait for it with --lock-wait");
    }
    CHECK(content(folder.lock()).empty());
    CHECK(Lock::take(machine, folder.lock(), 0));
}

TEST_CASE("a process that was killed leaves no lock behind") {
    const Folder folder;
    Machine machine;
    Holder holder(folder.lock());
    const auto refused = Lock::take(machine, folder.lock(), 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.find("pid " + std::to_string(holder.pid) + " ") != std::string::npos);
    holder.end();
    CHECK(Lock::take(machine, folder.lock(), 0));
}

TEST_CASE("a lock can be waited for, and no longer than was said") {
    const Folder folder;
    Machine machine;
    Holder holder(folder.lock());
    const Time begin = machine.now();
    CHECK_FALSE(Lock::take(machine, folder.lock(), 150 * millisecond));
    CHECK(machine.now() - begin >= 150 * millisecond);
    const World::Thread ending = machine.start("ending", [&holder] {
        ::usleep(100'000);
        holder.end();
    });
    CHECK(Lock::take(machine, folder.lock(), 30 * second));
}

TEST_CASE("a lock file that was removed meanwhile does not count") {
    const Folder folder;
    Machine machine;
    const auto first = Lock::take(machine, folder.lock(), 0);
    REQUIRE(first);
    ::unlink(folder.lock().c_str());
    const auto second = Lock::take(machine, folder.lock(), 0);
    REQUIRE(second);
    const auto third = Lock::take(machine, folder.lock(), 0);
    CHECK_FALSE(third);
}

TEST_CASE("a link is no lock file, and what it leads to stays as it is") {
    const Folder folder;
    Machine machine;
    const std::string victim = folder.path + "/flow.yaml";
    std::ofstream(victim) << "4711\n";
    REQUIRE(::symlink(victim.c_str(), folder.lock().c_str()) == 0);
    const auto lock = Lock::take(machine, folder.lock(), 0);
    REQUIRE_FALSE(lock);
    CHECK_FALSE(lock.error().taken);
    CHECK(lock.error().message == folder.lock() + " is no lock file: it is a link; name another with --lock=PATH");
    CHECK(content(victim) == "4711\n");
    REQUIRE(::unlink(victim.c_str()) == 0);
    CHECK_FALSE(Lock::take(machine, folder.lock(), 0));
    CHECK(::access(victim.c_str(), F_OK) != 0);
}

TEST_CASE("a file that holds something else is no lock file, be it digits alone") {
    const Folder folder;
    Machine machine;
    for (const char* other :
         {"text", "4711", "0\n", "12\n34\n", "\n", "12 \n", "99999999999999999999999999999999999\n"}) {
        std::ofstream(folder.lock()) << other;
        const auto lock = Lock::take(machine, folder.lock(), 0);
        REQUIRE_FALSE(lock);
        CHECK(lock.error().message.find("it holds something else") != std::string::npos);
        CHECK(content(folder.lock()) == other);
    }
    std::ofstream(folder.lock()) << "4711\n";  // of a run that was killed
    CHECK(Lock::take(machine, folder.lock(), 0));
    REQUIRE(::unlink(folder.lock().c_str()) == 0);
    REQUIRE(::mkfifo(folder.lock().c_str(), 0600) == 0);
    CHECK_FALSE(Lock::take(machine, folder.lock(), 0));
}

TEST_CASE("a lock file that cannot be made is told with the reason") {
    Machine machine;
    const auto lock = Lock::take(machine, "/nowhere/at/all/lock", 0);
    REQUIRE_FALSE(lock);
    CHECK_FALSE(lock.error().taken);
    CHECK(lock.error().message == "cannot open the lock file /nowhere/at/all/lock: No such file or directory");
}

TEST_CASE("a flow's lock goes by its real path, in a folder of this user alone") {
    const Folder folder;
    std::ofstream(folder.path + "/flow.yaml") << "x";
    const auto path = Lock::path_for(folder.path + "/flow.yaml");
    REQUIRE(path);
    CHECK(path->find("/flow-") != std::string::npos);
    CHECK(Lock::path_for(folder.path + "/../" + folder.path.substr(5) + "/flow.yaml") == path);
    struct stat about{};
    REQUIRE(::stat(path->substr(0, path->rfind('/')).c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0700);
    CHECK(about.st_uid == ::geteuid());
    CHECK_FALSE(Lock::path_for(folder.path + "/none.yaml"));
}
