#include "signature.hh"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <ctime>
#include <new>

#include "text.hh"

namespace flowrun::sqs {
namespace {

constexpr std::int64_t second = 1'000'000'000;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac(std::string_view key, std::string_view text) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), made, &size) ==
        nullptr)
        throw std::bad_alloc();
    return {reinterpret_cast<const char*>(made), size};
}

// 20150830T123600Z
std::string time_text(std::int64_t wall) {
    const std::time_t seconds = wall / second;
    std::tm parts{};
    char text[32];
    gmtime_r(&seconds, &parts);
    return {text, std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts)};
}

}  // namespace

std::string sha256_of(std::string_view text) {
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), made, &size, EVP_sha256(), nullptr) != 1) throw std::bad_alloc();
    return {reinterpret_cast<const char*>(made), size};
}

const std::string& Signer::key(const Credentials& by, const std::string& day) {
    if (day != day_ || by.secret != secret_) {
        key_ = hmac(hmac(hmac(hmac("AWS4" + by.secret, day), region_), service_), "aws4_request");
        day_ = day;
        secret_ = by.secret;
    }
    return key_;
}

Signed Signer::sign(const Credentials& by, std::string_view path,
                    std::vector<std::pair<std::string, std::string>> headers, std::string_view body,
                    std::int64_t wall) {
    Signed made;
    made.date = time_text(wall);
    const std::string day = made.date.substr(0, 8);
    headers.emplace_back("x-amz-date", made.date);
    std::sort(headers.begin(), headers.end());
    std::string lines, names;
    for (const auto& [name, value] : headers) {
        lines += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    const std::string request =
        "POST\n" + std::string(path) + "\n\n" + lines + "\n" + names + "\n" + hex_of(sha256_of(body));
    const std::string scope = day + "/" + region_ + "/" + service_ + "/aws4_request";
    const std::string text = "AWS4-HMAC-SHA256\n" + made.date + "\n" + scope + "\n" + hex_of(sha256_of(request));
    made.authorization = "AWS4-HMAC-SHA256 Credential=" + by.id + "/" + scope + ", SignedHeaders=" + names +
                         ", Signature=" + hex_of(hmac(key(by, day), text));
    return made;
}

}  // namespace flowrun::sqs
