#include "tail.hh"

#include <cstdint>

#include "formats/masked.hh"

namespace flowrun::core::exec {
namespace {

// Bytes of the character that begins `text`; 0: it is none.
std::size_t character(std::string_view text) {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = at(0);
    if (first < 0x80) return 1;
    const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4) return 0;
    for (std::size_t i = 1; i < size; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) return 0;
    }
    const unsigned second = at(1);
    const bool too_long = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate = first == 0xED && second >= 0xA0;
    const bool beyond = first == 0xF4 && second >= 0x90;
    return too_long || surrogate || beyond ? 0 : size;
}

}  // namespace

std::string utf8_of(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t size = character(bytes);
        if (size > 0) text.append(bytes.substr(0, size));
        else text.append("\xEF\xBF\xBD");
        bytes.remove_prefix(size > 0 ? size : 1);
    }
    return text;
}

std::string Tail::text() const {
    const std::string all = formats::masked(secrets_, text_);
    std::string_view last = all;
    if (last.size() > most) last.remove_prefix(last.size() - most);
    // A cut may have gone through a character.
    for (int i = 0; i < 3 && last.size() < all.size() && !last.empty(); ++i) {
        if ((static_cast<unsigned char>(last.front()) & 0xC0U) != 0x80U) break;
        last.remove_prefix(1);
    }
    return utf8_of(last);
}

std::string Tail::last_line() const {
    constexpr std::size_t longest = 500;
    const std::string all = formats::masked(secrets_, text_);
    std::string_view text = all;
    const std::size_t end = text.find_last_not_of(" \t\r\n");
    if (end == text.npos) return {};
    text = text.substr(0, end + 1);
    const std::size_t begin = text.rfind('\n');
    if (begin != text.npos) text.remove_prefix(begin + 1);
    return utf8_of(text.substr(0, longest));
}

}  // namespace flowrun::core::exec
