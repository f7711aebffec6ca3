#include "admission.hh"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <limits>

#include "text.hh"

namespace flowrun::http {

namespace {

// However much of it is right, it takes the same time; the length alone may be learned.
bool equal(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string in_base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // with a NUL
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes_of(text), static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string in_digits(std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : text) out.append({digits[c >> 4 & 15], digits[c & 15]});
    return out;
}

std::string lowered(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

}  // namespace

bool Admission::admits(std::string_view authorization) const {
    const std::size_t space = authorization.find(' ');
    if (space == std::string_view::npos) return false;
    const std::string_view scheme = authorization.substr(0, space), said = trimmed(authorization.substr(space));
    if (!bearer.empty() && same(scheme, "bearer")) return equal(said, bearer);
    return !user.empty() && same(scheme, "basic") && equal(said, in_base64(user + ":" + password));
}

std::string Admission::challenge() const {
    std::string out;
    if (!bearer.empty()) out.append("WWW-Authenticate: Bearer\r\n");
    if (!user.empty()) out.append("WWW-Authenticate: Basic realm=\"flowrun\", charset=\"UTF-8\"\r\n");
    return out;
}

bool Signature::fits(std::string_view given, std::string_view body) const {
    if (secret.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
    std::array<unsigned char, EVP_MAX_MD_SIZE> made;
    unsigned size = 0;
    if (!HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(body), body.size(), made.data(),
              &size)) {
        return false;
    }
    const std::string_view sum(reinterpret_cast<const char*>(made.data()), size);
    if (given.substr(0, prefix.size()) != prefix) return false;
    const std::string_view said = given.substr(prefix.size());
    return base64 ? equal(said, in_base64(sum)) : equal(lowered(said), in_digits(sum));
}

}  // namespace flowrun::http
