#pragma once
// Bytes of a source, in blocks, with what has not been consumed kept in one piece.

#include <flowrun/component.hh>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "source.hh"

namespace flowrun::formats {

class Input {
public:
    using More = Source::More;

    // `offset`: where in the stream the source begins.
    explicit Input(Source& source, std::uint64_t offset = 0) : source_(source), offset_(offset) {}

    // Of data: at least one byte more is behind what was there. Throws sdk::Failure when reading fails.
    More fill(sdk::Call call);

    std::string_view data() const { return {buffer_.get() + begin_, end_ - begin_}; }
    void consume(std::size_t size);
    std::uint64_t offset() const { return offset_; }  // of data(), in bytes from the start of the stream

private:
    static constexpr std::size_t block = std::size_t{1} << 20U;

    void make_room();

    Source& source_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
    std::uint64_t offset_;
};

}  // namespace flowrun::formats
