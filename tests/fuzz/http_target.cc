// What a client may ask of http.server. What is taken is whole: nothing decoded holds a NUL or is not UTF-8, and a path
// has a beginning; what is decoded once more from its encoding is the same.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "../../plugins/http/target.hh"
#include "../../plugins/http/text.hh"

using namespace flowrun::http;

namespace {

void must(bool truth) {
    if (!truth) std::abort();
}

std::string encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        constexpr char digits[] = "0123456789ABCDEF";
        const auto u = static_cast<unsigned char>(c);
        out += {'%', digits[u >> 4], digits[u & 15]};
    }
    return out;
}

bool is_text(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size]);
    if (size != 0) std::memcpy(exact.get(), data, size);
    const std::string_view text(exact.get(), size);
    const auto target = target_of(text);
    if (!target) return 0;
    must(is_text(target->path) && !target->path.empty() && target->path.size() <= size + 1);
    std::string again = target->path[0] == '/' ? "/" + encoded(std::string_view(target->path).substr(1)) : target->path;
    for (const auto& [name, value] : target->query) {
        must(is_text(name) && is_text(value));
        again += (again.find('?') == std::string::npos ? "?" : "&") + encoded(name) + "=" + encoded(value);
    }
    if (target->path[0] != '/') return 0;
    const auto twice = target_of(again);
    must(twice && twice->path == target->path && twice->query == target->query);
    must(matches(target->path, target->path));
    return 0;
}
