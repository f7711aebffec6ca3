#include "credentials.hh"

#include <algorithm>
#include <ctime>

#include "broker/json.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view spaces = " \t\r";
    const std::size_t begin = text.find_first_not_of(spaces);
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

// A header ends with its line.
bool is_usable(const Credentials& made) {
    for (const std::string* text : {&made.id, &made.secret, &made.token}) {
        if (std::any_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) <= 0x20U; }))
            return false;
    }
    return !made.id.empty() && !made.secret.empty();
}

}  // namespace

std::optional<Credentials> credentials_in(std::string_view file, std::string_view profile) {
    Credentials made;
    bool in_profile = false;
    while (!file.empty()) {
        const std::size_t end = std::min(file.find('\n'), file.size());
        const std::string_view line = trimmed(file.substr(0, end));
        file.remove_prefix(std::min(end + 1, file.size()));
        if (line.empty() || line.front() == '#' || line.front() == ';') continue;
        if (line.front() == '[') {
            in_profile = line.back() == ']' && trimmed(line.substr(1, line.size() - 2)) == profile;
            continue;
        }
        const std::size_t equals = line.find('=');
        if (!in_profile || equals == line.npos) continue;
        const std::string_view name = trimmed(line.substr(0, equals)), value = trimmed(line.substr(equals + 1));
        if (name == "aws_access_key_id") made.id = value;
        else if (name == "aws_secret_access_key") made.secret = value;
        else if (name == "aws_session_token") made.token = value;
    }
    return is_usable(made) ? std::optional(std::move(made)) : std::nullopt;
}

std::optional<Credentials> credentials_answered(std::string_view answer) {
    const auto json = broker::Json::parse(answer);
    if (!json) return std::nullopt;
    Credentials made;
    made.id = (*json)["AccessKeyId"].text();
    made.secret = (*json)["SecretAccessKey"].text();
    made.token = (*json)["Token"].text();
    made.expires = time_in((*json)["Expiration"].text()).value_or(Credentials::never);
    return is_usable(made) ? std::optional(std::move(made)) : std::nullopt;
}

std::optional<std::int64_t> time_in(const std::string& text) {
    std::tm parts{};
    if (strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr || parts.tm_year > 300) return std::nullopt;
    return std::int64_t{timegm(&parts)} * second;
}

}  // namespace flowrun::sqs
