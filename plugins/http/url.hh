#pragma once
// The URL that a request goes to, put together by libcurl.

#include <curl/curl.h>

#include <memory>
#include <string>
#include <string_view>

namespace flowrun::http {

class Url {
public:
    // Throws Failure (invalid) when `text` is not one of http or https.
    explicit Url(const std::string& text);
    // One more pair of its query.
    void add(std::string_view name, std::string_view value);
    std::string text() const;

private:
    struct Free {
        void operator()(CURLU* url) const { curl_url_cleanup(url); }
    };
    std::unique_ptr<CURLU, Free> url_;
};

}  // namespace flowrun::http
