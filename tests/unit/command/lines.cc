#include "command/lines.hh"

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <vector>

using namespace flowrun::command;

namespace {

class Input {
public:
    explicit Input(const std::string& text) : descriptor_(::memfd_create("lines", MFD_CLOEXEC)) {
        REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        ::lseek(descriptor_, 0, SEEK_SET);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { ::close(descriptor_); }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

std::vector<std::string> lines_of(const std::string& text) {
    const Input input(text);
    Lines lines(input.descriptor(), [] {});
    std::vector<std::string> all;
    while (const auto line = lines.next()) {
        all.emplace_back(*line);
        CHECK(lines.number() == all.size());
    }
    CHECK(lines.failure() == 0);
    return all;
}

}  // namespace

TEST_CASE("lines come without their ends, and the last needs none") {
    CHECK(lines_of("").empty());
    CHECK(lines_of("\n") == std::vector<std::string>{""});
    CHECK(lines_of("a\n\nb\r\nc") == std::vector<std::string>{"a", "", "b", "c"});
    CHECK(lines_of("a\n\r") == std::vector<std::string>{"a", ""});
}

TEST_CASE("lines of every length around the size of a block come whole") {
    std::string text;
    std::vector<std::string> expected;
    for (const std::size_t size : {262'143u, 262'144u, 262'145u, 1u, 524'288u, 0u, 3'000'000u, 5u}) {
        expected.emplace_back(size, static_cast<char>('a' + expected.size()));
        text += expected.back();
        text += '\n';
    }
    CHECK((lines_of(text) == expected));
}

TEST_CASE("what was printed is to be out before more is asked for, and a failed read is told") {
    Lines closed(-1, [] {});
    CHECK_FALSE(closed.next());
    CHECK(closed.failure() == EBADF);
    const Input input("a\nb\n");
    int reads = 0;
    Lines lines(input.descriptor(), [&reads] { ++reads; });
    lines.next();
    lines.next();
    CHECK(reads == 1);
    CHECK_FALSE(lines.next());
    CHECK(reads == 2);
}
