#include "expr/character_set.hh"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <type_traits>

#include <fmt/format.h>

#include "value/json.hh"

namespace flowrun::expr {
namespace {

struct Close {
    void operator()(void* converter) const { ::iconv_close(converter); }
};
using Converter = std::unique_ptr<std::remove_pointer_t<iconv_t>, Close>;

// iconv takes options behind the name, which are none of a flow's business.
bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.' || c == ':';
    });
}

Converter open(const std::string& from, const std::string& to) {
    const iconv_t made = ::iconv_open(to.c_str(), from.c_str());
    return Converter(made == reinterpret_cast<iconv_t>(-1) ? nullptr : made);
}

}  // namespace

std::expected<std::string, std::string> recoded(std::string_view text, std::string_view from, std::string_view to) {
    const bool named = is_name(from) && is_name(to);
    const Converter converter = named ? open(std::string(from), std::string(to)) : nullptr;
    if (!converter) {
        const std::string_view name = from == "UTF-8" ? to : from;
        return std::unexpected(fmt::format("no character set is called '{}'; iconv -l lists them", name));
    }
    std::string out;
    char block[4096];
    char* in = const_cast<char*>(text.data());  // it is not written to
    std::size_t left = text.size();
    for (bool ending = false;;) {
        char* at = block;
        std::size_t room = sizeof block;
        const std::size_t done = ending ? ::iconv(converter.get(), nullptr, nullptr, &at, &room)
                                        : ::iconv(converter.get(), &in, &left, &at, &room);
        out.append(block, sizeof block - room);
        if (done != static_cast<std::size_t>(-1)) {
            // Of some sets iconv makes characters that UTF-8 has not.
            std::size_t bad = 0;
            if (ending && to == "UTF-8" && !value::valid_utf8(out, &bad)) {
                return std::unexpected(
                    fmt::format("byte {} of what it makes is no UTF-8: it does not fit {}", bad, from));
            }
            if (ending) return out;
            ending = true;
        } else if (errno != E2BIG) {
            return std::unexpected(
                fmt::format("byte {} does not fit {}", text.size() - left, from == "UTF-8" ? to : from));
        }
    }
}

}  // namespace flowrun::expr
