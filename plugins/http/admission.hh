#pragma once
// Who is let in: what a client says in Authorization, and whether a body is signed by one who knows a secret.

#include <string>
#include <string_view>

namespace flowrun::http {

struct Admission {
    std::string bearer;          // empty: no token is asked for
    std::string user, password;  // HTTP Basic; an empty user: none is asked for

    bool any() const { return !bearer.empty() || !user.empty(); }
    bool admits(std::string_view authorization) const;
    // The header line that goes with a 401.
    std::string challenge() const;
};

// HMAC-SHA256 of the body as it came, in a header, as webhooks have it.
struct Signature {
    std::string header;  // in lower case; empty: none is asked for
    std::string secret, prefix;
    bool base64 = false;  // else in hexadecimal digits

    bool any() const { return !header.empty(); }
    bool fits(std::string_view given, std::string_view body) const;
};

}  // namespace flowrun::http
