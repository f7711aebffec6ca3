// What of a request that failed is told to the flow.

#include <algorithm>

#include "client_request.hh"
#include "formats/masked.hh"
#include "status.hh"
#include "text.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

constexpr std::size_t most_of_detail = std::size_t{4} << 10;  // of the body, in an error's detail
constexpr std::size_t most_of_explanation = 300;

}  // namespace

Failure ClientRequest::failure_of(CURLcode result, Builder& builder) const {
    if (cut_ == Cut::body) {
        return Failure(Status::permanent, what_ + "the response is larger than 'max_response' allows");
    }
    if (cut_ == Cut::sent_again) return Failure(Status::unavailable, what_ + text_of(CURLE_GOT_NOTHING, {}));
    if (cut_ == Cut::header) return Failure(Status::failed, what_ + "the response's header is larger than 256 KiB");
    // What is no HTTP at all counts as its version 0.9, which nobody wants.
    if (result == CURLE_UNSUPPORTED_PROTOCOL) {
        const bool other = std::string_view(error_).find("HTTP/0.9") != std::string_view::npos || error_[0] == '\0';
        return Failure(Status::failed,
                       what_ + "what came back is not HTTP" + (other ? "" : std::string(": ") + error_));
    }
    Failure failure(code_of(result), what_ + text_of(result, error_));
    builder.map().key("url").string(asked_).key("curl").integer(static_cast<int>(result)).end();
    failure.detail(builder.finish());
    return failure;
}

// What the server says of it: in JSON as many do, or as a line of text.
std::string ClientRequest::explanation() const {
    const std::string_view type = header_.get("content-type");
    std::string text;
    if (is_json(type)) {
        Reader reader(configuration_.node.values());
        const Value body = reader.read(received_);
        for (const Value said : {body["error"]["message"], body["error"], body["message"], body["detail"]}) {
            if (text.empty()) text = said.string().value_or(std::string_view());
        }
    } else if (same(std::string_view(type).substr(0, 10), "text/plain") && is_utf8(received_)) {
        text = trimmed(received_.substr(0, received_.find('\n')));
    }
    return text.size() <= most_of_explanation ? text : std::string();
}

Failure ClientRequest::failure_of_status(long status, Builder& builder) const {
    std::string text = what_ + std::to_string(status);
    if (const std::string_view reason = reason_of(status); !reason.empty()) text.append(" ").append(reason);
    if (const std::string said = explanation(); !said.empty()) text.append(": ").append(said);
    Failure failure(code_of_status(status), std::move(text));
    failure.retry(is_worth_trying(status) ? Retry::yes : Retry::no);
    constexpr curl_off_t longest = 24LL * 3600;
    curl_off_t wait = 0;
    (void)curl_easy_getinfo(easy(), CURLINFO_RETRY_AFTER, &wait);
    if (is_beyond_counting(header_.get("retry-after"))) wait = longest;
    if (wait > 0) { failure.retry_after(std::min(wait, longest) * 1'000'000'000); }
    builder.map().key("url").string(asked_).key("status").integer(status).key("body");
    // Whole, since the cut may go through a secret.
    const std::string said = formats::masked(formats::secrets_of(configuration_.node), received_);
    const bool json = received_.size() <= most_of_detail && is_json(header_.get("content-type"));
    if (!json || !Reader(configuration_.node.values()).read(received_) || !builder.json(received_)) {
        builder.string(std::string_view(said).substr(0, most_of_detail));
    }
    failure.detail(builder.end().finish());
    return failure;
}

}  // namespace flowrun::http
