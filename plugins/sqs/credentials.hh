#pragma once
// By what requests are signed, and where that is found. None of it is ever in a message.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace flowrun::sqs {

struct Credentials {
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    std::string id, secret, token;  // token: empty where there is none
    std::int64_t expires = never;   // nanoseconds since 1970
};

// Of a file as ~/.aws/credentials is: sections, and name = value. None: it has no such profile, or that has no keys.
std::optional<Credentials> credentials_in(std::string_view file, std::string_view profile);
// As the endpoints of containers and of instances answer: a JSON object.
std::optional<Credentials> credentials_answered(std::string_view answer);
// RFC 3339 in UTC, whole seconds; none where it is no such time. Nanoseconds since 1970.
std::optional<std::int64_t> time_in(const std::string& text);

}  // namespace flowrun::sqs
