#include "url.hh"

#include <flowrun/component.hh>

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

void check(CURLUcode code, const std::string& text) {
    if (code == CURLUE_OK) return;
    throw Failure(Status::invalid, "setting 'url': '" + text + "' is not a URL: " + curl_url_strerror(code));
}

}  // namespace

Url::Url(const std::string& text) : url_(curl_url()) {
    const auto begins = [&](std::string_view with) {
        return same(std::string_view(text).substr(0, with.size()), with);
    };
    if (!begins("http://") && !begins("https://")) {
        throw Failure(Status::invalid, "setting 'url': '" + text + "' begins with neither http:// nor https://");
    }
    if (text.find('\0') != std::string::npos) check(CURLUE_MALFORMED_INPUT, text);
    check(curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0), text);
}

void Url::add(std::string_view name, std::string_view value) {
    const std::string pair = escaped(name) + "=" + escaped(value);
    check(curl_url_set(url_.get(), CURLUPART_QUERY, pair.c_str(), CURLU_APPENDQUERY), pair);
}

std::string Url::text() const {
    char* whole = nullptr;
    check(curl_url_get(url_.get(), CURLUPART_URL, &whole, 0), {});
    const Text own(whole, &curl_free);
    return whole;
}

}  // namespace flowrun::http
