// What somebody may write as the URL of a server. What is taken is whole: a host where one is needed, no NUL, and what messages
// tell of the server shows neither user nor password.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <flowrun/cxx/queue.hh>

#include "broker/url.hh"

using namespace flowrun;

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

// The same, written out anew.
std::string again(const broker::Url& url) {
    std::string out = url.scheme + "://";
    if (!url.user.empty() || !url.password.empty()) out += encoded(url.user) + ":" + encoded(url.password) + "@";
    out += url.host.find(':') != url.host.npos ? "[" + url.host + "]" : encoded(url.host);
    if (url.port != 0) out += ":" + std::to_string(url.port);
    if (!url.path.empty()) out += "/" + encoded(url.path);
    for (std::size_t i = 0; i < url.query.size(); ++i)
        out += (i == 0 ? "?" : "&") + encoded(url.query[i].first) + "=" + encoded(url.query[i].second);
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // In memory of its own and just as long, so that a read beyond either end is seen.
    const std::unique_ptr<char[]> exact(new char[size]);
    if (size != 0) std::memcpy(exact.get(), data, size);
    const std::string_view text(exact.get(), size);
    try {
        const broker::Url url = broker::parse_url(text);
        must(!url.scheme.empty());
        must(url.server(7).find(url.host) != std::string::npos);
        for (const auto& [name, value] : url.query) must(url.find(name) != nullptr);
        try {
            const std::int64_t number = url.number("n", 5, 1, 10);
            must(number >= 1 && number <= 10);
        } catch (const sdk::QueueError&) {}
        const broker::Url twice = broker::parse_url(again(url));
        must(twice.host == url.host && twice.port == url.port && twice.user == url.user &&
             twice.password == url.password && twice.path == url.path && twice.query == url.query);
    } catch (const sdk::QueueError& error) { must(error.status == FLOWRUN_E_INVALID && !error.text.empty()); }
    return 0;
}
