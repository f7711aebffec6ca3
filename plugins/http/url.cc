#include "url.hh"

#include <flowrun/component.hh>

#include <algorithm>

#include "text.hh"

namespace flowrun::http {

using sdk::Failure;
using sdk::Status;

namespace {

using Text = std::unique_ptr<char, decltype(&curl_free)>;

std::string escaped(std::string_view text) {
    if (text.empty()) return {};  // to libcurl a length of 0 means that it is terminated
    const Text out(curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free);
    if (!out) throw Failure(Status::unavailable, "out of memory");
    return out.get();
}

// What is not a URL may hold a secret in any place: the scheme and host are shown where they can be nothing else.
std::string shown(std::string_view text) {
    const std::size_t colon = text.find("://");
    if (colon == std::string_view::npos) return {};
    const auto is_alpha = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
    if (!std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), is_alpha)) return {};
    const std::string_view rest = text.substr(colon + 3);
    const auto is_of_host = [&](char c) { return is_alpha(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_of_host);
    const bool has_user = rest.find('@') != std::string_view::npos;
    const std::size_t size = has_user ? 0 : static_cast<std::size_t>(end - rest.begin());
    return "'" + std::string(text.substr(0, colon + 3 + size)) + (size == rest.size() ? "' " : "\u2026' ");
}

void check(CURLUcode code, const std::string& text) {
    if (code == CURLUE_OK) return;
    throw Failure(Status::invalid, "setting 'url': " + shown(text) + "is not a URL: " + curl_url_strerror(code));
}

}  // namespace

Url::Url(const std::string& text) : url_(curl_url()) {
    const auto begins = [&](std::string_view with) {
        return same(std::string_view(text).substr(0, with.size()), with);
    };
    if (!begins("http://") && !begins("https://")) {
        throw Failure(Status::invalid, "setting 'url': " + shown(text) + "begins with neither http:// nor https://");
    }
    if (text.find('\0') != std::string::npos) check(CURLUE_MALFORMED_INPUT, text);
    check(curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0), text);
}

void Url::add(std::string_view name, std::string_view value) {
    const std::string pair = escaped(name) + "=" + escaped(value);
    const CURLUcode code = curl_url_set(url_.get(), CURLUPART_QUERY, pair.c_str(), CURLU_APPENDQUERY);
    if (code == CURLUE_OK) return;
    throw Failure(Status::invalid, std::string("setting 'query': ") + curl_url_strerror(code));
}

std::string Url::text() const {
    char* whole = nullptr;
    check(curl_url_get(url_.get(), CURLUPART_URL, &whole, 0), {});
    const Text own(whole, &curl_free);
    return whole;
}

}  // namespace flowrun::http
