#include "flow/source.hh"

#include <algorithm>

namespace flowrun::flow {

namespace {

bool begins_code_point(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

Source::Source(std::string name, std::string text) : name_(std::move(name)), text_(std::move(text)) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.erase(0, 3);
    starts_.push_back(0);
    std::uint32_t points = 0;
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (i % block == 0) points_.push_back(points);
        if (begins_code_point(text_[i])) ++points;
        if (text_[i] == '\n') starts_.push_back(i + 1);
    }
    if (text_.size() % block == 0) points_.push_back(points);
}

std::size_t Source::code_points_before(std::size_t offset) const {
    const std::size_t from = offset / block * block;
    std::size_t points = points_[offset / block];
    for (std::size_t i = from; i < offset; ++i) points += begins_code_point(text_[i]) ? 1 : 0;
    return points;
}

Place Source::place(std::size_t offset, std::size_t length) const {
    offset = std::min(offset, text_.size());
    const auto next = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const std::size_t start = *(next - 1);
    Place place;
    place.offset = static_cast<std::uint32_t>(offset);
    place.line = static_cast<std::uint32_t>(next - starts_.begin());
    place.column = static_cast<std::uint32_t>(code_points_before(offset) - code_points_before(start) + 1);
    place.length = static_cast<std::uint32_t>(std::max<std::size_t>(length, 1));
    return place;
}

std::string_view Source::line(std::uint32_t number) const {
    if (number == 0 || number > starts_.size()) return {};
    const std::size_t start = starts_[number - 1];
    const std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
    std::string_view line = std::string_view(text_).substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

}  // namespace flowrun::flow
