#include "redirect.hh"

#include <flowrun/component.hh>

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "text.hh"

namespace flowrun::http {

using sdk::Failure;
using sdk::Status;

namespace {

struct Free {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
    void operator()(char* text) const { curl_free(text); }
};
using Parsed = std::unique_ptr<CURLU, Free>;

Parsed parsed(const std::string& url) {
    Parsed out(curl_url());
    if (!out) throw Failure(Status::unavailable, "out of memory");
    if (curl_url_set(out.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) out.reset();
    return out;
}

std::string part(const Parsed& url, CURLUPart which) {
    char* text = nullptr;
    const unsigned flags = which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
    return std::unique_ptr<char, Free>(text).get();
}

bool same_server(const Parsed& one, const Parsed& other) {
    const auto alike = [&](CURLUPart which) { return same(part(one, which), part(other, which)); };
    return alike(CURLUPART_SCHEME) && alike(CURLUPART_HOST) && alike(CURLUPART_PORT);
}

template <std::size_t size>
bool is_one_of(const std::string_view (&names)[size], std::string_view name) {
    return std::any_of(std::begin(names), std::end(names), [&](std::string_view n) { return same(n, name); });
}

}  // namespace

bool is_redirect(long status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string method_after(long status, std::string_view method) {
    if (status == 307 || status == 308 || method == "GET" || method == "HEAD") return std::string(method);
    return status == 303 ? "GET" : "";
}

std::string redirected(const std::string& from, const std::string& to) {
    const Parsed before = parsed(from);
    const Parsed after(before ? curl_url_dup(before.get()) : nullptr);
    constexpr unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE;
    if (!after || curl_url_set(after.get(), CURLUPART_URL, to.c_str(), flags) != CURLUE_OK) {
        throw Failure(Status::permanent, "redirected to what is no URL");
    }
    if (const std::string scheme = part(after, CURLUPART_SCHEME); scheme != "http" && scheme != "https") {
        throw Failure(Status::permanent, "redirected to what is neither http nor https");
    }
    // Who asks is still the one who asked, at the same server.
    if (part(after, CURLUPART_USER).empty() && same_server(before, after)) {
        for (const CURLUPart who : {CURLUPART_USER, CURLUPART_PASSWORD}) {
            const std::string text = part(before, who);
            if (!text.empty()) (void)curl_url_set(after.get(), who, text.c_str(), 0);
        }
    }
    return part(after, CURLUPART_URL);
}

bool is_same_server(const std::string& one, const std::string& other) {
    const Parsed first = parsed(one), second = parsed(other);
    return first && second && same_server(first, second);
}

bool is_for_anyone(std::string_view header) {
    constexpr std::string_view names[] = {"accept",           "accept-encoding",  "accept-language",
                                          "content-encoding", "content-language", "content-type",
                                          "traceparent",      "tracestate",       "user-agent"};
    return is_one_of(names, header);
}

std::string shown(const std::string& url) {
    const std::size_t host = url.find("://") + 3, end = url.find_first_of("/?#", host);
    const std::size_t at = url.rfind('@', end == std::string::npos ? end : end - 1);
    std::string out = url.substr(0, host) + url.substr(at != std::string::npos && at > host ? at + 1 : host);
    return out.substr(0, out.find_first_of("?#"));
}

}  // namespace flowrun::http
