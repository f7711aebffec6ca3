#pragma once
// Where credentials come from: the first of these that has some.
//
//   the environment           AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (not where a profile is asked for)
//   a file                    AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials; of the profile asked for, AWS_PROFILE or default
//   the container's endpoint  AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI; AWS_CONTAINER_AUTHORIZATION_TOKEN[_FILE]
//   the instance's metadata   in its second version, unless AWS_EC2_METADATA_DISABLED is true
//
// Promises: what expires is fetched anew before it does. Not promised: that a file which changes is looked at again while it
// works.

#include <cstdint>
#include <optional>
#include <string>

#include "credentials.hh"

namespace flowrun::sqs {

class CredentialSource {
public:
    explicit CredentialSource(std::string profile) : profile_(std::move(profile)) {}

    // Those for now (nanoseconds since 1970). May ask an endpoint, which takes some seconds at the most. Throws broker::Lost
    // where there are none.
    const Credentials& current(std::int64_t wall);

private:
    Credentials find() const;

    const std::string profile_;
    std::optional<Credentials> found_;
    std::int64_t next_try_ = 0;  // of those that are to be fetched anew
};

}  // namespace flowrun::sqs
