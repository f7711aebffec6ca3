#pragma once
// Bytes from a file descriptor, in blocks, with what has not been consumed kept in one piece.
//
// A pipe, terminal or socket is waited for through the host, so that a stop wakes it; regular files cannot be waited
// for and are simply read. What it does not do: close the descriptor, or change its flags (they belong to the shell,
// too).

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace flowrun::core {

class Input {
public:
    enum class More { data, end, stopped };

    explicit Input(int fd) : fd_(fd) {}

    // Reads at least one byte more behind what is there. Throws sdk::Failure when reading fails.
    More fill(sdk::Call call);

    std::string_view data() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t size);
    std::uint64_t offset() const { return offset_; }  // of data(), in bytes from the start of the input

private:
    static constexpr std::size_t block = std::size_t{1} << 20U;

    void make_room();
    sdk::Status wait(sdk::Call call) const;

    int fd_;
    bool known_ = false;
    bool pollable_ = false;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
    std::uint64_t offset_ = 0;
};

}  // namespace flowrun::core
