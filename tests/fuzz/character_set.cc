// Bytes in a character set. The first says which, the second in which pieces they come. They become the same text however they
// come; with replacement it is UTF-8, and without it is as well but for the marks of what could not be decoded; what was decoded
// without one is encoded and decoded again to the same.
//
// How much of a bad sequence iconv gives up depends in UTF-7 on the pieces: it keeps the bits of those before it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "expr/character_set.hh"
#include "formats/encoding.hh"
#include "value/json.hh"

using namespace flowrun;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

class Pieces final : public formats::Source {
public:
    Pieces(std::string_view text, std::size_t step) : text_(text), step_(step) {}
    Read read(sdk::Call, char* to, std::size_t room) override {
        const std::size_t size = std::min({room, step_, text_.size()});
        if (size == 0) return {.what = More::end};
        std::memcpy(to, text_.data(), size);
        text_.remove_prefix(size);
        return {.what = More::data, .size = size};
    }

private:
    std::string_view text_;
    std::size_t step_;
};

std::string text_of(const formats::Encoding& encoding, std::string_view bytes, std::size_t step, std::size_t room) {
    Pieces pieces(bytes, step);
    const auto source = formats::decoded(pieces, encoding);
    std::string out, block(room, '\0');
    for (;;) {
        const auto read = source->read(sdk::Call(nullptr, nullptr), block.data(), block.size());
        if (read.what == formats::Source::More::end) return out;
        must(read.what == formats::Source::More::data && read.size > 0 && read.size <= room);
        out.append(block, 0, read.size);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    constexpr const char* names[] = {"latin1",      "windows-1252", "utf-16",    "utf-16le", "utf-16be",
                                     "utf-32",      "utf-8",        "shift_jis", "euc-jp",   "gb18030",
                                     "iso-2022-jp", "utf-7",        "koi8-r",    "big5"};
    const std::string name = names[data[0] % std::size(names)];
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t step = 1 + data[1] % 7;
    const std::string replaced = text_of({.name = name, .replace = true}, bytes, bytes.size() + 1, 65536);
    must(value::valid_utf8(replaced));
    const bool kept_bits = name == "utf-7" && replaced.find("\xEF\xBF\xBD") != std::string::npos;
    must(kept_bits || text_of({.name = name, .replace = true}, bytes, step, 16) == replaced);
    std::string marked = text_of({.name = name}, bytes, bytes.size() + 1, 65536);
    must(kept_bits || text_of({.name = name}, bytes, step, 16) == marked);
    const bool whole = marked.find(formats::undecodable) == std::string::npos;
    std::replace(marked.begin(), marked.end(), formats::undecodable, '?');
    must(value::valid_utf8(marked));
    (void)formats::Encoding{.name = name}.decoded(bytes);
    const auto recoded = expr::recoded(bytes, name, "UTF-8");
    must(!recoded || value::valid_utf8(*recoded));
    if (!whole || !recoded) return 0;
    must(*recoded == marked);
    if (const auto back = expr::recoded(marked, "UTF-8", name)) {
        const auto again = expr::recoded(*back, name, "UTF-8");
        must(again && *again == marked);
    }
    return 0;
}
