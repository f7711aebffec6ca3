#include "input.hh"

#include <cstring>

namespace flowrun::formats {

void Input::consume(std::size_t size) {
    begin_ += size;
    offset_ += size;
    if (begin_ == end_) begin_ = end_ = 0;
}

// Room for a whole block behind the data: moved to the front first, grown when that is not enough.
void Input::make_room() {
    if (capacity_ - end_ >= block) return;
    const std::size_t kept = end_ - begin_;
    if (capacity_ - kept < block) {
        const std::size_t wanted = kept < block ? 2 * block : 2 * kept + block;
        std::unique_ptr<char[]> bigger(new char[wanted]);
        if (kept > 0) std::memcpy(bigger.get(), buffer_.get() + begin_, kept);
        buffer_ = std::move(bigger);
        capacity_ = wanted;
    } else {
        std::memmove(buffer_.get(), buffer_.get() + begin_, kept);
    }
    begin_ = 0;
    end_ = kept;
}

Input::More Input::fill(sdk::Call call) {
    make_room();
    const Source::Read read = source_.read(call, buffer_.get() + end_, block);
    end_ += read.size;
    return read.what;
}

}  // namespace flowrun::formats
