#include "coding.hh"

#include <flowrun/component.hh>

#include <algorithm>
#include <array>
#include <memory>

#include "formats/packing.hh"
#include "text.hh"

namespace flowrun::http {

namespace {

constexpr std::size_t most_codings = 4;  // each may be a bomb within the next

std::unique_ptr<formats::Unpacker> unpacker_of(Coding coding, std::string_view body) {
    switch (coding) {
        case Coding::gzip: return formats::gzip_unpacker();
        case Coding::deflate: return formats::deflate_unpacker(body);
        case Coding::zstd: return formats::zstd_unpacker();
    }
    return nullptr;
}

Undecoded unpack(std::string_view packed, formats::Unpacker& unpacker, std::uint64_t most, std::string& out) {
    std::array<char, std::size_t{32} << 10U> block;
    for (;;) {
        const std::size_t before = packed.size(), made = unpacker.unpack(packed, block.data(), block.size());
        if (made > most - out.size()) return Undecoded::too_large;
        out.append(block.data(), made);
        if (made == 0 && packed.empty()) return unpacker.whole() ? Undecoded::none : Undecoded::cut;
        // The stream has ended, and there is more.
        if (made == 0 && packed.size() == before) return Undecoded::damaged;
    }
}

}  // namespace

std::optional<std::vector<Coding>> codings_of(std::string_view content_encoding) {
    std::vector<Coding> out;
    while (!content_encoding.empty()) {
        const std::string_view name = content_encoding.substr(0, content_encoding.find(','));
        content_encoding.remove_prefix(std::min(name.size() + 1, content_encoding.size()));
        const std::string_view coding = trimmed(name);
        if (coding.empty() || same(coding, "identity")) continue;
        if (same(coding, "gzip") || same(coding, "x-gzip")) out.push_back(Coding::gzip);
        else if (same(coding, "deflate")) out.push_back(Coding::deflate);
        else if (same(coding, "zstd")) out.push_back(Coding::zstd);
        else return std::nullopt;
        if (out.size() > most_codings) return std::nullopt;
    }
    return out;
}

Undecoded decode(std::string& body, const std::vector<Coding>& codings, std::uint64_t most) {
    for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
        std::string out;
        try {
            const Undecoded wrong = unpack(body, *unpacker_of(*coding, body), most, out);
            if (wrong != Undecoded::none) return wrong;
        } catch (const sdk::Failure&) { return Undecoded::damaged; }
        body = std::move(out);
    }
    return Undecoded::none;
}

}  // namespace flowrun::http
