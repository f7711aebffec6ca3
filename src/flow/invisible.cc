#include "flow/invisible.hh"

#include <utility>

namespace flowrun::flow {

Invisible invisible_at(std::string_view text, std::size_t at) {
    static constexpr std::pair<std::string_view, std::string_view> all[] = {
        {"\u00A0", "U+00A0"}, {"\u2002", "U+2002"}, {"\u2003", "U+2003"}, {"\u2007", "U+2007"}, {"\u2009", "U+2009"},
        {"\u200B", "U+200B"}, {"\u202F", "U+202F"}, {"\u2060", "U+2060"}, {"\u3000", "U+3000"}, {"\uFEFF", "U+FEFF"},
    };
    if (at >= text.size()) return {};
    for (const auto& [bytes, name] : all) {
        if (text.substr(at).starts_with(bytes)) return {bytes.size(), std::string(name)};
    }
    return {};
}

}  // namespace flowrun::flow
