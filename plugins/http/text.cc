#include "text.hh"

namespace flowrun::http {

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto first = static_cast<unsigned char>(text[i++]);
        if (first < 0x80) continue;
        std::size_t more = 0;
        std::uint32_t code = 0;
        if ((first & 0xE0) == 0xC0) more = 1, code = first & 0x1Fu;
        else if ((first & 0xF0) == 0xE0) more = 2, code = first & 0x0Fu;
        else if ((first & 0xF8) == 0xF0) more = 3, code = first & 0x07u;
        else return false;
        if (text.size() - i < more) return false;
        for (std::size_t k = 0; k < more; ++k) {
            const auto next = static_cast<unsigned char>(text[i++]);
            if ((next & 0xC0) != 0x80) return false;
            code = code << 6 | (next & 0x3Fu);
        }
        constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return false;
    }
    return true;
}

}  // namespace flowrun::http
