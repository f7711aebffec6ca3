#include "command/lines.hh"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace flowrun::command {

namespace {
constexpr std::size_t block = std::size_t{256} << 10;
}

Lines::Lines(int descriptor, std::function<void()> before_read)
    : descriptor_(descriptor), before_read_(std::move(before_read)), buffer_(2 * block) {}

std::optional<std::string_view> Lines::next() {
    const char* feed = nullptr;
    for (;;) {
        feed = static_cast<const char*>(std::memchr(buffer_.data() + searched_, '\n', end_ - searched_));
        searched_ = end_;
        if (feed != nullptr || !read_more()) break;
    }
    if (feed == nullptr && (begin_ == end_ || failure_ != 0)) return std::nullopt;
    const char* const start = buffer_.data() + begin_;
    const std::size_t size = feed == nullptr ? end_ - begin_ : static_cast<std::size_t>(feed - start);
    begin_ += feed == nullptr ? size : size + 1;
    searched_ = begin_;
    ++number_;
    const std::string_view line(start, size);
    return line.ends_with('\r') ? line.substr(0, size - 1) : line;
}

bool Lines::read_more() {
    if (at_end_) return false;
    if (buffer_.size() - end_ < block) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        searched_ -= begin_;
        begin_ = 0;
        if (buffer_.size() - end_ < block) buffer_.resize(buffer_.size() * 2);
    }
    before_read_();
    ssize_t size = 0;
    do { size = ::read(descriptor_, buffer_.data() + end_, buffer_.size() - end_); } while (size < 0 && errno == EINTR);
    if (size < 0) failure_ = errno;
    at_end_ = size <= 0;
    if (size > 0) end_ += static_cast<std::size_t>(size);
    return size > 0;
}

}  // namespace flowrun::command
