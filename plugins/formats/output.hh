#pragma once
// Bytes to a file descriptor, through one buffer. Not thread-safe.
//
// What does not fit into the descriptor stays in the buffer, so that a later flush may write it. It never changes the
// descriptor's flags (they belong to the shell, too) and does not close it.

#include <flowrun/component.hh>

#include <cstddef>
#include <string>

namespace flowrun::formats {

class Output {
public:
    explicit Output(int fd) : fd_(fd) {}

    std::string& buffer() { return buffer_; }
    const std::string& buffer() const { return buffer_; }
    bool is_terminal();

    // 0, or errno: writes everything, waiting for the descriptor as long as it takes. EAGAIN: wait for it and try
    // again.
    int flush();
    // The same as far as it goes without waiting.
    int flush_some();

private:
    enum class What { unknown, file, pipe, socket, terminal };
    What what();
    int write_once(std::size_t size, bool may_wait, std::size_t& written);

    int fd_;
    What what_ = What::unknown;
    std::string buffer_;
};

}  // namespace flowrun::formats
