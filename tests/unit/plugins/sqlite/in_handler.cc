// What is known of items in handlers after the process was killed.

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "in_handler.hh"

using flowrun::sqlite::InHandler;

namespace {

struct Folder {
    Folder() {
        char name[] = "/tmp/in-handler-XXXXXX";
        path = ::mkdtemp(name);
    }
    ~Folder() { std::filesystem::remove_all(path); }
    std::string store() const { return path + "/store.db"; }
    std::string path;
};

std::vector<std::int64_t> entered(const InHandler& of, std::int64_t queue) {
    std::vector<std::int64_t> all;
    for (const InHandler::Found& one : of.found(queue)) {
        if (one.entered) all.push_back(one.seq);
    }
    return all;
}

using Places = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("What was entered and not left is known to the next that has the store") {
    const Folder folder;
    {
        InHandler noted(folder.store());
        for (std::int64_t seq = 1; seq <= 9; ++seq) noted.enter(1, seq);
        for (const std::int64_t seq : {1, 3, 5, 7, 9}) noted.leave(1, seq);
        noted.enter(2, 4);
        noted.leave(2, 5);
        noted.await_turn(1, 6);
    }
    InHandler next(folder.store());
    CHECK(entered(next, 1) == Places{2, 4, 8});
    CHECK(next.found(1).size() == 4);
    CHECK(entered(next, 2) == Places{4});
    CHECK(next.found(3).empty());
    next.enter(1, 6);
    CHECK(entered(next, 1) == Places{2, 4, 6, 8});
    next.leave_all(1);
    CHECK(next.found(1).empty());
    CHECK(entered(next, 2) == Places{4});
}

TEST_CASE("Items whose slots are the same do not displace one another, and one too many is not noted") {
    const Folder folder;
    const auto step = static_cast<std::int64_t>(InHandler::slots);
    InHandler noted(folder.store());
    for (std::int64_t i = 0; i < 20; ++i) noted.enter(1, 5 + i * step);
    CHECK(noted.found(1).size() == 16);
    noted.leave(1, 5);
    noted.enter(1, 5 + 19 * step);
    CHECK(noted.found(1).size() == 16);
    for (std::int64_t i = 0; i < 20; ++i) noted.leave(1, 5 + i * step);
    CHECK(noted.found(1).empty());
    for (std::int64_t i = 0; i < step; ++i) noted.enter(1, i);
    CHECK(noted.found(1).size() == InHandler::slots);
}

TEST_CASE("A file that holds anything else is taken for none, and a folder that takes no file is no trouble") {
    const Folder folder;
    {
        const int fd = ::open((folder.store() + "-inflight").c_str(), O_WRONLY | O_CREAT, 0600);
        REQUIRE(fd >= 0);
        const std::string noise(200000, '\x02');
        REQUIRE(::write(fd, noise.data(), noise.size()) == static_cast<ssize_t>(noise.size()));
        ::close(fd);
    }
    InHandler noted(folder.store());
    CHECK(noted.found(1).empty());
    noted.enter(1, 1);
    CHECK(entered(noted, 1) == Places{1});
    InHandler nowhere("/nowhere/store.db");
    nowhere.enter(1, 1);
    nowhere.leave(1, 1);
    CHECK(nowhere.found(1).empty());
}
