#pragma once
// What a URL of SQS says: sqs://REGION[?name=value&…]

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "broker/url.hh"

namespace flowrun::sqs {

struct Place {
    std::string region;
    std::string endpoint;    // where requests go: http://host:port/path or https://…
    std::string host;        // of it, as the header Host has it
    std::string path = "/";  // of it, as it is signed
    std::string profile;     // of the credentials file; empty: not said
    std::string account;     // whose queues they are; empty: the account of the credentials
    std::string ca;          // a file of PEM: who is trusted; empty: whom the system trusts

    // As messages name it.
    std::string name() const { return "SQS at " + host; }
};

// `more`: names that its query may have beside those above. Throws sdk::QueueError (INVALID).
Place place_of(const broker::Url& url, std::initializer_list<std::string_view> more = {});

// For the components.
Place plain_place_of(std::string_view url);

}  // namespace flowrun::sqs
