#include "base/memory_reserve.hh"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <new>
#include <string>

#include <catch2/catch.hpp>

using flowrun::MemoryReserve;

namespace {

// Sets back what keep() changes for the whole process.
class Kept {
public:
    Kept() { MemoryReserve::keep(); }
    ~Kept() {
        std::set_new_handler(handler_);
        std::set_terminate(terminate_);
    }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

private:
    std::new_handler handler_ = std::get_new_handler();
    std::terminate_handler terminate_ = std::get_terminate();
};

}  // namespace

TEST_CASE(
    "the first allocation that fails is tried again, the next one fails, and a reserve that is refilled serves once "
    "more") {
    const Kept kept;
    CHECK_FALSE(MemoryReserve::lost());
    std::get_new_handler()();  // returns: operator new tries again
    CHECK(MemoryReserve::lost());
    CHECK_THROWS_AS(std::get_new_handler()(), std::bad_alloc);
    CHECK(MemoryReserve::refill());
    CHECK_FALSE(MemoryReserve::lost());
    std::get_new_handler()();
    CHECK(MemoryReserve::refill());
}

TEST_CASE("a lack of memory that nobody catches ends the process with a line and exit code 69") {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        MemoryReserve::keep();
        try {
            throw std::bad_alloc();
        } catch (...) { std::terminate(); }
        ::_exit(1);
    }
    ::close(ends[1]);
    std::string said(200, '\0');
    const ssize_t size = ::read(ends[0], said.data(), said.size());
    ::close(ends[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 69);
    CHECK(said.substr(0, static_cast<std::size_t>(size)) ==
          "flowrun: out of memory: the run ends here, without its account\n");
}
