// A secret, and texts that hold it in the forms in which others show it: none is left when it has been masked. The input's first
// byte says how long the secret is; what follows it is text, into which it is put.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "base/secrets.hh"
#include "expr/base64.hh"

using namespace flowrun;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

template <class F>
std::string each(std::string_view text, F form) {
    std::string out;
    for (const char c : text) out += form(static_cast<unsigned char>(c));
    return out;
}

std::string in_digits(std::string_view text, std::string_view before, const char* digits) {
    return each(text, [&](unsigned c) { return std::string(before) + digits[c >> 4U] + digits[c & 15U]; });
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 8) return 0;
    const std::string_view all(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t length = std::min<std::size_t>(4 + data[0] % 60, all.size());
    const std::string secret(all.substr(0, length)), text(all.substr(length));
    // What stands in a secret's place may be a part of another such text.
    if (holds(secret, "*")) return 0;
    Secrets secrets;
    secrets.add(secret);
    must(secrets.any());
    constexpr const char* lower = "0123456789abcdef";
    const std::string forms[] = {secret, in_digits(secret, "%", "0123456789ABCDEF"), in_digits(secret, "", lower),
                                 in_digits(secret, "\\u00", lower), expr::encode_base64(secret)};
    const std::size_t at = data[1] * text.size() / 256;
    const bool ascii = std::all_of(secret.begin(), secret.end(), [](char c) { return c > 0x20 && c < 0x7F; });
    for (const std::string& form : forms) {
        if (!ascii && &form != &forms[0]) continue;
        const std::string with = text.substr(0, at) + form + text.substr(at);
        const std::string masked = secrets.masked(with);
        must(!holds(masked, secret) && holds(masked, "***"));
        // The end of base64 may be told in its neighbour's bits; no more than its filling is left.
        const bool filled = &form == &forms[std::size(forms) - 1];
        const std::string_view whole =
            std::string_view(form).substr(0, filled ? form.find_last_not_of('=') + 1 : form.size());
        must(!holds(masked, whole) || holds(text, whole));
    }
    return 0;
}
