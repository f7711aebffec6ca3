#include "status.hh"

#include <boost/beast/http/status.hpp>

namespace flowrun::http {

using sdk::Status;

Status code_of(CURLcode result) {
    switch (result) {
        case CURLE_OPERATION_TIMEDOUT: return Status::timeout;
        case CURLE_URL_MALFORMAT:
        case CURLE_BAD_FUNCTION_ARGUMENT: return Status::invalid;
        // Another attempt meets the same peer with the same certificate.
        case CURLE_TOO_MANY_REDIRECTS:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_LOGIN_DENIED: return Status::permanent;
        // The peer is there and speaks nonsense.
        case CURLE_WEIRD_SERVER_REPLY:
        case CURLE_UNSUPPORTED_PROTOCOL:
        case CURLE_BAD_CONTENT_ENCODING:
        case CURLE_PARTIAL_FILE:
        case CURLE_OUT_OF_MEMORY: return Status::failed;
        default: return Status::unavailable;
    }
}

std::string text_of(CURLcode result, std::string_view detail) {
    switch (result) {
        case CURLE_OPERATION_TIMEDOUT: return "no response within 'timeout'";
        case CURLE_TOO_MANY_REDIRECTS: return "more redirects than 'follow' allows";
        // So libcurl calls a header line beyond its limit of 100 KB.
        case CURLE_OUT_OF_MEMORY: return "the response's header is too large";
        case CURLE_GOT_NOTHING: return "the server closed the connection without a response";
        case CURLE_PARTIAL_FILE: return "the response ended in its middle";
        default: break;
    }
    return detail.empty() ? std::string(curl_easy_strerror(result)) : std::string(detail);
}

Status code_of_status(long status) {
    if (status == 429) return Status::overflow;
    if (status == 504 || status == 408) return Status::timeout;
    return status >= 500 ? Status::unavailable : Status::permanent;
}

bool is_worth_trying(long status) { return status >= 500 || status == 429 || status == 408; }

std::string_view reason_of(long status) {
    const auto text = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    return text == "<unknown-status>" ? std::string_view() : std::string_view(text.data(), text.size());
}

}  // namespace flowrun::http
