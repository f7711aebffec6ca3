#pragma once
// Where a redirect leads, and what goes along.

#include <string>
#include <string_view>

namespace flowrun::http {

bool is_redirect(long status);

// By which method the request is sent on; empty: it is not, since nobody knows whether the new place means the same.
std::string method_after(long status, std::string_view method);

// The address to ask after `from`; `to` may be relative to it. Throws Failure (permanent) when it is none of http or https.
std::string redirected(const std::string& from, const std::string& to);

// The same scheme, host and port: who is told a secret at one is told it at the other.
bool is_same_server(const std::string& one, const std::string& other);

// Whether a header of the request says nothing that another server is not to know.
bool is_for_anyone(std::string_view header);

// A user and password in an address, and its query, are nobody's business.
std::string shown(const std::string& url);

}  // namespace flowrun::http
