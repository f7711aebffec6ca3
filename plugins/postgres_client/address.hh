#pragma once
// Where a database is: postgres://[user[:password]@][host[:port]][/database][?name=value&…], of which the names are libpq's
// (sslmode, target_session_attrs, …) and some of our own. A host that begins with a slash (%2F) is the folder of a Unix socket;
// what is not said is what libpq takes for it (PGHOST, PGPASSWORD, ~/.pgpass, …).

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/url.hh"

namespace flowrun::postgres {

struct Address {
    broker::Url url;
    std::vector<std::pair<std::string, std::string>> words;  // as libpq is told: keywords and their values
    std::string server;                                      // host and port, as messages name it
    std::string place;                                       // server and database
};

// `own`: names in the query that are not libpq's. Throws sdk::QueueError (INVALID).
Address address_of(std::string_view text, std::string_view scheme, std::initializer_list<std::string_view> own);

}  // namespace flowrun::postgres
