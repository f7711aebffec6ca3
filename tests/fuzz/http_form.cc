// What a form sends, and what stands behind the ? of a target. What is decoded is text; pairs that are encoded come back as they
// were, and are a form.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../plugins/http/target.hh"
#include "../../plugins/http/text.hh"

using namespace flowrun::http;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void must(bool truth) {
    if (!truth) std::abort();
}

bool is_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

// As browsers do.
std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        constexpr char digits[] = "0123456789ABCDEF";
        const auto u = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (c == ' ') out += '+';
        else if (plain) out += c;
        else out += {'%', digits[u >> 4], digits[u & 15]};
    }
    return out;
}

std::string form_of(const Pairs& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) out += (out.empty() ? "" : "&") + encoded(name) + "=" + encoded(value);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    (void)is_form(text);
    if (const auto pairs = query_of(text)) {
        for (const auto& [name, value] : *pairs) must(is_text(name) && is_text(value));
        const std::string again = form_of(*pairs);
        must(is_form(again) && query_of(again) == pairs);
    }
    if (!is_text(text)) return 0;
    const std::size_t half = size / 2 == 0 || !is_utf8(text.substr(0, size / 2)) ? 0 : size / 2;
    const Pairs pairs = {{text.substr(0, half), text.substr(half)}, {text, ""}, {"x", text}};
    must(query_of(form_of(pairs)) == pairs);
    return 0;
}
