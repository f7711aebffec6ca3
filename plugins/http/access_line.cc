#include "access_line.hh"

#include <algorithm>
#include <array>
#include <cstdio>

namespace flowrun::http {

namespace {

void add_escaped(std::string& out, std::string_view text) {
    constexpr char digits[] = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out.append({'\\', c});
        else if (byte >= 0x20 && byte < 0x7F) out.push_back(c);
        else out.append({'\\', 'x', digits[byte >> 4U], digits[byte & 15U]});
    }
}

}  // namespace

std::string access_line(std::string_view client, std::string_view method, std::string_view target,
                        std::string_view response, std::int64_t nanoseconds) {
    constexpr std::size_t longest = 2000;  // of a target
    std::string out(client.empty() ? "-" : client);
    out.append(" \"");
    add_escaped(out, method.empty() ? "-" : method);
    out.push_back(' ');
    add_escaped(out, target.empty() ? "-" : target.substr(0, longest));
    if (target.size() > longest) out.append("...");
    const std::size_t status = response.find(' ') + 1, body = response.find("\r\n\r\n") + 4;
    out.append("\" ").append(response.substr(status, 3)).push_back(' ');
    out.append(std::to_string(response.size() - std::min(body, response.size()))).append(" bytes ");
    std::array<char, 40> time{};
    std::snprintf(time.data(), time.size(), "%.3f ms", static_cast<double>(nanoseconds) / 1e6);
    return out.append(time.data());
}

}  // namespace flowrun::http
