#include "credential_source.hh"

#include <curl/curl.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "broker/session.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000, early = 300 * second, pause = 30 * second;
constexpr std::size_t largest_answer = 64 << 10;
constexpr long to_connect = 1'000, to_answer = 3'000;  // milliseconds

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr ? value : "";
}

std::optional<std::string> content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::size_t keep(char* data, std::size_t, std::size_t size, void* into) {
    std::string& text = *static_cast<std::string*>(into);
    if (text.size() + size > largest_answer) return 0;
    text.append(data, size);
    return size;
}

// The body of an answer with 200; none: there was another, or none. Endpoints are near, and no proxy leads there.
std::optional<std::string> ask(const std::string& url, const std::string& header, bool put = false) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(), curl_easy_cleanup);
    const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
        header.empty() ? nullptr : curl_slist_append(nullptr, header.c_str()), curl_slist_free_all);
    std::string body;
    if (!easy) return std::nullopt;
    curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(easy.get(), CURLOPT_CONNECTTIMEOUT_MS, to_connect);
    curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, to_answer);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, static_cast<void*>(&body));
    if (put) curl_easy_setopt(easy.get(), CURLOPT_CUSTOMREQUEST, "PUT");
    long status = 0;
    if (curl_easy_perform(easy.get()) != CURLE_OK) return std::nullopt;
    curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return status == 200 ? std::optional(std::move(body)) : std::nullopt;
}

std::optional<Credentials> of_environment() {
    Credentials made{environment("AWS_ACCESS_KEY_ID"), environment("AWS_SECRET_ACCESS_KEY"),
                     environment("AWS_SESSION_TOKEN")};
    if (made.id.empty() || made.secret.empty()) return std::nullopt;
    return made;
}

std::optional<Credentials> of_file(const std::string& profile) {
    std::string path = environment("AWS_SHARED_CREDENTIALS_FILE");
    if (path.empty()) path = environment("HOME") + "/.aws/credentials";
    const auto text = content_of(path);
    return text ? credentials_in(*text, profile) : std::nullopt;
}

std::optional<Credentials> of_container() {
    const std::string relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const std::string url =
        relative.empty() ? environment("AWS_CONTAINER_CREDENTIALS_FULL_URI") : "http://169.254.170.2" + relative;
    if (url.empty()) return std::nullopt;
    std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (const std::string path = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !path.empty()) {
        token = content_of(path).value_or("");
        token.resize(std::min(token.find_first_of("\r\n"), token.size()));
    }
    const auto answer = ask(url, token.empty() ? "" : "Authorization: " + token);
    return answer ? credentials_answered(*answer) : std::nullopt;
}

std::optional<Credentials> of_instance() {
    if (environment("AWS_EC2_METADATA_DISABLED") == "true") return std::nullopt;
    std::string server = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    if (server.empty()) server = "http://169.254.169.254";
    if (server.ends_with('/')) server.pop_back();
    const auto token = ask(server + "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds: 300", true);
    if (!token) return std::nullopt;
    const std::string roles = server + "/latest/meta-data/iam/security-credentials/",
                      shown = "X-aws-ec2-metadata-token: " + *token;
    const auto role = ask(roles, shown);
    if (!role || role->empty()) return std::nullopt;
    const auto answer = ask(roles + role->substr(0, role->find('\n')), shown);
    return answer ? credentials_answered(*answer) : std::nullopt;
}

}  // namespace

Credentials CredentialSource::find() const {
    if (profile_.empty()) {
        if (auto found = of_environment()) return *found;
    }
    const std::string of_user = environment("AWS_PROFILE");
    const std::string profile = !profile_.empty() ? profile_ : !of_user.empty() ? of_user : "default";
    if (auto found = of_file(profile)) return *found;
    if (!profile_.empty())
        throw broker::Lost{"there are no credentials for the profile '" + profile_ + "' in the file of credentials"};
    if (auto found = of_container()) return *found;
    if (auto found = of_instance()) return *found;
    throw broker::Lost{
        "there are no credentials: neither in the environment (AWS_ACCESS_KEY_ID), nor for the profile '" + profile +
        "' in the file of credentials, nor by the endpoints of a container or an instance"};
}

const Credentials& CredentialSource::current(std::int64_t wall) {
    const bool stays = found_ && (found_->expires == Credentials::never || wall < found_->expires - early);
    if (stays || (found_ && wall < found_->expires && wall < next_try_)) return *found_;
    try {
        found_ = find();
    } catch (const broker::Lost&) {
        if (!found_ || wall >= found_->expires) throw;
    }
    next_try_ = wall + pause;
    return *found_;
}

}  // namespace flowrun::sqs
