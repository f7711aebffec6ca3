#pragma once
// Lines from a descriptor, without their ends, read in big blocks. A last line needs no end.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace flowrun::command {

class Lines {
public:
    // `before_read` is called each time before more is asked of the descriptor, which may wait: what was printed so far
    // should be out by then.
    Lines(int descriptor, std::function<void()> before_read);

    // Nothing at the end or when reading fails. Valid until the next call; a carriage return before the end is left out.
    std::optional<std::string_view> next();
    std::uint64_t number() const { return number_; }  // of the line that next() gave, from 1
    int failure() const { return failure_; }          // 0, or the errno of the read that failed

private:
    bool read_more();

    int descriptor_;
    std::function<void()> before_read_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0, searched_ = 0;  // searched_: no line feed before it
    std::uint64_t number_ = 0;
    bool at_end_ = false;
    int failure_ = 0;
};

}  // namespace flowrun::command
