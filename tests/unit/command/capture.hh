#pragma once
// Runs something and keeps what it writes to a descriptor of this process: 1 or 2.

#include <sys/mman.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

namespace flowrun::command {

class Capture {
public:
    explicit Capture(int descriptor)
        : descriptor_(descriptor), before_(::dup(descriptor)), into_(::memfd_create("capture", MFD_CLOEXEC)) {
        REQUIRE(into_ >= 0);
        ::dup2(into_, descriptor_);
    }
    Capture(const Capture&) = delete;
    Capture& operator=(const Capture&) = delete;
    ~Capture() {
        ::dup2(before_, descriptor_);
        ::close(before_);
        ::close(into_);
    }
    std::string text() const {
        std::string text(static_cast<std::size_t>(::lseek(into_, 0, SEEK_END)), '\0');
        REQUIRE(::pread(into_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
        return text;
    }

private:
    int descriptor_, before_, into_;
};

}  // namespace flowrun::command
