#include "target.hh"

#include <algorithm>

#include "text.hh"

namespace flowrun::http {
namespace {

int digit_of(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%') {
            if (i + 2 >= text.size()) return std::nullopt;
            const int high = digit_of(text[i + 1]), low = digit_of(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
        }
    }
    if (out.find('\0') != std::string::npos || !is_utf8(out)) return std::nullopt;
    return out;
}

}  // namespace

std::optional<std::vector<std::pair<std::string, std::string>>> query_of(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> out;
    while (!text.empty()) {
        const std::string_view part = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(part.size() + 1, text.size()));
        if (part.empty()) continue;
        const std::size_t equals = part.find('=');
        auto name = decoded(part.substr(0, equals), true);
        auto value = decoded(equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        out.emplace_back(std::move(*name), std::move(*value));
    }
    return out;
}

bool is_form(std::string_view body) {
    constexpr std::string_view never = "\"<>\\^`{}";
    const auto odd = [&](char c) {
        const auto u = static_cast<unsigned char>(c);
        return u < 0x20 || u == 0x7F || never.find(c) != never.npos;
    };
    if (std::any_of(body.begin(), body.end(), odd)) return false;
    while (!body.empty()) {
        const std::string_view part = body.substr(0, body.find('&'));
        body.remove_prefix(std::min(part.size() + 1, body.size()));
        if (!part.empty() && part.find('=') == part.npos) return false;
    }
    return true;
}

std::optional<Target> target_of(std::string_view text) {
    if (text.substr(0, 1) != "/" && text != "*") {
        const std::size_t scheme = text.find("://");
        if (scheme == std::string_view::npos) return std::nullopt;
        const std::size_t end = text.find_first_of("/?", scheme + 3);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    }
    text = text.substr(0, text.find('#'));
    const std::size_t mark = text.find('?');
    auto path = decoded(text.substr(0, mark), false);
    auto query = query_of(mark == std::string_view::npos ? std::string_view() : text.substr(mark + 1));
    if (!path || !query) return std::nullopt;
    if (path->empty()) *path = "/";
    return Target{std::move(*path), std::move(*query)};
}

bool has_dot_segments(std::string_view path) {
    while (!path.empty()) {
        const std::string_view part = path.substr(0, path.find('/'));
        if (part == "." || part == "..") return true;
        path.remove_prefix(std::min(part.size() + 1, path.size()));
    }
    return false;
}

bool matches(std::string_view pattern, std::string_view path) {
    if (pattern.size() >= 2 && pattern.substr(pattern.size() - 2) == "/*") {
        const std::string_view stem = pattern.substr(0, pattern.size() - 2);
        return path.substr(0, stem.size()) == stem && (path.size() == stem.size() || path[stem.size()] == '/');
    }
    return path == pattern;
}

}  // namespace flowrun::http
