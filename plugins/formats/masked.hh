#pragma once
// A text of which a part is to be told, without the secrets that the cut might go through.

#include <flowrun/ext/secrets.h>
#include <flowrun/component.hh>

#include <string>
#include <string_view>

namespace flowrun::formats {

// nullptr: the runner does not know of secrets, and the text is as it was.
inline std::string masked(const flowrun_secrets* secrets, std::string_view text) {
    std::string out;
    const auto write = [](void* user, const char* part, std::uint64_t size) {
        static_cast<std::string*>(user)->append(part, static_cast<std::size_t>(size));
    };
    if (secrets) secrets->mask(text.data(), text.size(), write, &out);
    else out = text;
    return out;
}

inline const flowrun_secrets* secrets_of(sdk::Node node) { return node.extension<flowrun_secrets>(FLOWRUN_SECRETS_ID); }

}  // namespace flowrun::formats
