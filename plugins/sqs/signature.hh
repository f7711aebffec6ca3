#pragma once
// The signature of a request as AWS has it (version 4: AWS4-HMAC-SHA256).
//
// Promises: it depends on what is given alone. The key of a day is made once.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "credentials.hh"

namespace flowrun::sqs {

std::string sha256_of(std::string_view text);  // 32 bytes

struct Signed {
    std::string date;           // of the header X-Amz-Date
    std::string authorization;  // of the header Authorization
};

class Signer {
public:
    Signer(std::string region, std::string service) : region_(std::move(region)), service_(std::move(service)) {}

    // A POST to this path without a query; `headers`: all that are signed beside X-Amz-Date, their names in small letters, in
    // any order. Nanoseconds since 1970.
    Signed sign(const Credentials& by, std::string_view path, std::vector<std::pair<std::string, std::string>> headers,
                std::string_view body, std::int64_t wall);

private:
    const std::string& key(const Credentials& by, const std::string& day);

    const std::string region_, service_;
    std::string secret_, day_, key_;  // for which the key was made, and it
};

}  // namespace flowrun::sqs
