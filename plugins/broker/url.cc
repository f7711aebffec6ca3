#include "url.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <charconv>

namespace flowrun::broker {
namespace {

[[noreturn]] void wrong(std::string text) { throw sdk::QueueError{FLOWRUN_E_INVALID, std::move(text)}; }

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1;
        const int low = high >= 0 ? digit(text[i + 2]) : -1;
        if (low < 0) wrong("the URL has a '%' that two hexadecimal digits do not follow");
        const char byte = static_cast<char>(high * 16 + low);
        if (byte == '\0') wrong("the URL has a NUL in it");
        out += byte;
        i += 2;
    }
    return out;
}

std::uint16_t port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0)
        wrong("'" + std::string(text) + "' is no port: it must be a number from 1 to 65535");
    return port;
}

void read_authority(std::string_view text, Url& url) {
    if (const std::size_t at = text.rfind('@'); at != text.npos) {
        const std::string_view who = text.substr(0, at);
        const std::size_t colon = who.find(':');
        url.user = decoded(who.substr(0, colon));
        if (colon != who.npos) url.password = decoded(who.substr(colon + 1));
        text.remove_prefix(at + 1);
    }
    std::size_t end = text.find(':');
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == text.npos) wrong("the URL has a '[' without its ']'");
        url.host = text.substr(1, close - 1);
        end = close + 1;
        if (end < text.size() && text[end] != ':') wrong("the URL has something behind the ']' of its host");
    } else {
        url.host = decoded(text.substr(0, end));
    }
    if (end != text.npos && end + 1 < text.size()) url.port = port_of(text.substr(end + 1));
}

void read_query(std::string_view text, Url& url) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('&'), text.size());
        const std::string_view one = text.substr(0, end);
        const std::size_t equals = one.find('=');
        if (equals == one.npos || equals == 0) wrong("the URL's query must be name=value, joined by '&'");
        url.query.emplace_back(decoded(one.substr(0, equals)), decoded(one.substr(equals + 1)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

}  // namespace

const std::string* Url::find(std::string_view name) const {
    const auto found = std::find_if(query.rbegin(), query.rend(), [&](const auto& one) { return one.first == name; });
    return found == query.rend() ? nullptr : &found->second;
}

std::int64_t Url::number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
    const std::string* const text = find(name);
    if (text == nullptr) return otherwise;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < least || value > most) {
        wrong("'" + std::string(name) + "' in the URL must be a whole number from " + std::to_string(least) + " to " +
              std::to_string(most));
    }
    return value;
}

void Url::allow_only(std::initializer_list<std::string_view> names) const {
    for (const auto& [name, value] : query) {
        if (std::find(names.begin(), names.end(), name) != names.end()) continue;
        std::string known;
        for (const std::string_view one : names) known += (known.empty() ? "" : ", ") + std::string(one);
        wrong("the URL's query has '" + name + "', which means nothing here" +
              (known.empty() ? "" : "; known are " + known));
    }
}

std::string Url::server(std::uint16_t default_port) const {
    const std::string number = std::to_string(port != 0 ? port : default_port);
    return host.find(':') == host.npos ? host + ":" + number : "[" + host + "]:" + number;
}

Url parse_url(std::string_view text) {
    Url url;
    const std::size_t colon = text.find("://");
    if (colon == text.npos || colon == 0) wrong("the URL must be written scheme://host:port/path");
    url.scheme = text.substr(0, colon);
    text.remove_prefix(colon + 3);
    if (const std::size_t question = text.find('?'); question != text.npos) {
        read_query(text.substr(question + 1), url);
        text = text.substr(0, question);
    }
    const std::size_t slash = text.find('/');
    read_authority(text.substr(0, slash), url);
    if (slash != text.npos) url.path = decoded(text.substr(slash + 1));
    if (url.host.find('\0') != url.host.npos || text.find('\0') != text.npos) wrong("the URL has a NUL in it");
    return url;
}

}  // namespace flowrun::broker
