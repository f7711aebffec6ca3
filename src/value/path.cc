#include "value/path.hh"

#include <charconv>
#include <system_error>

#include "value/json.hh"

namespace flowrun::value {

namespace {

bool names(char c) {
    return c != '.' && c != '[' && c != ']' && c != '"' && static_cast<unsigned char>(c) > 0x20 && c != 0x7F;
}

// Takes a name off the front of `text`; empty when none stands there.
std::string_view take_name(std::string_view& text) {
    std::size_t n = 0;
    while (n < text.size() && names(text[n])) ++n;
    const std::string_view name = text.substr(0, n);
    text.remove_prefix(n);
    return valid_utf8(name) ? name : std::string_view{};
}

std::optional<std::uint64_t> take_index(std::string_view& text) {
    std::uint64_t index = 0;
    const char* const begin = text.data();
    const auto [at, error] = std::from_chars(begin, begin + text.size(), index);
    if (error != std::errc{}) return std::nullopt;
    const auto digits = static_cast<std::size_t>(at - begin);
    if (digits > 1 && text.front() == '0') return std::nullopt;
    text.remove_prefix(digits);
    return index;
}

// Takes a JSON string off the front of `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
    std::size_t n = 1;
    while (n < text.size() && text[n] != '"') n += text[n] == '\\' ? 2 : 1;
    if (n >= text.size()) return std::nullopt;
    const auto read = value::parse(text.substr(0, n + 1));
    if (!read) return std::nullopt;
    text.remove_prefix(n + 1);
    return std::string((*read)->bytes_view());
}

// Takes what stands in brackets, with the closing one.
std::optional<std::variant<std::string, std::uint64_t>> take_bracketed(std::string_view& text) {
    std::optional<std::variant<std::string, std::uint64_t>> step;
    if (text.starts_with('"')) {
        if (auto name = take_quoted(text)) step = std::move(*name);
    } else if (const auto index = take_index(text)) {
        step = *index;
    }
    if (!step || !text.starts_with(']')) return std::nullopt;
    text.remove_prefix(1);
    return step;
}

}  // namespace

std::optional<Path> Path::parse(std::string_view text) {
    Path path;
    bool name_next = !text.starts_with('[');
    do {
        if (name_next) {
            const std::string_view name = take_name(text);
            if (name.empty()) return std::nullopt;
            path.steps_.emplace_back(std::string(name));
        } else {
            text.remove_prefix(1);
            auto step = take_bracketed(text);
            if (!step) return std::nullopt;
            path.steps_.push_back(std::move(*step));
        }
        name_next = text.starts_with('.');
        if (name_next) text.remove_prefix(1);
        else if (!text.empty() && !text.starts_with('[')) return std::nullopt;
    } while (name_next || !text.empty());
    return path;
}

const Node* Path::get(const Node& root) const {
    const Node* at = &root;
    for (const auto& step : steps_) {
        const auto* name = std::get_if<std::string>(&step);
        at = name != nullptr ? at->member(*name) : at->at(std::get<std::uint64_t>(step));
        if (at == nullptr) return nullptr;
    }
    return at;
}

}  // namespace flowrun::value
