#include "response_header.hh"

#include <algorithm>

#include "text.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

constexpr std::size_t most = std::size_t{256} << 10;

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

// The members of a list with commas.
std::vector<std::string_view> members_of(std::string_view list) {
    std::vector<std::string_view> out;
    for (;;) {
        const std::size_t comma = list.find(',');
        out.push_back(trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) return out;
        list.remove_prefix(comma + 1);
    }
}

bool is_number(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool ResponseHeader::take(std::string_view line) {
    size_ += line.size();
    if (size_ > most) return false;
    if (line.starts_with("HTTP/") && (!begun_ || whole_)) {
        lines_.clear();
        begun_ = true;
        whole_ = false;
    } else if (trimmed(line).empty()) {
        whole_ = true;
    } else {
        add(line);
    }
    return true;
}

void ResponseHeader::add(std::string_view line) {
    // An old way to write a long value.
    if (line.front() == ' ' || line.front() == '\t') {
        if (!lines_.empty()) lines_.back().value.append(" ").append(trimmed(line));
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return;
    std::string name = lowered(trimmed(line.substr(0, colon)));
    // What comes after the body cannot say what the body was, nor overrule what was said before it.
    if (whole_ && (is_framing(name) || name.starts_with("content-") || !get(name).empty())) return;
    lines_.push_back({std::move(name), std::string(trimmed(line.substr(colon + 1)))});
}

void ResponseHeader::clear() {
    lines_.clear();
    begun_ = whole_ = false;
}

std::string_view ResponseHeader::get(std::string_view name) const {
    const auto found = std::find_if(lines_.begin(), lines_.end(), [&](const Line& line) { return line.name == name; });
    return found == lines_.end() ? std::string_view() : std::string_view(found->value);
}

std::string ResponseHeader::all_of(std::string_view name) const {
    std::string all;
    for (const Line& line : lines_) {
        if (line.name == name) all.append(all.empty() ? "" : ", ").append(line.value);
    }
    return all;
}

std::string ResponseHeader::mistake() const {
    if (const std::string how = all_of("transfer-encoding"); !how.empty()) {
        // Another one was not asked for, and the end of what is packed by it could not be told from a cut.
        if (same(how, "chunked")) return {};
        if (!same(how, "identity")) return "the response's Transfer-Encoding is '" + how + "', not chunked";
    }
    const std::string said = all_of("content-length");
    if (said.empty()) return {};
    const auto sizes = members_of(said);
    for (const std::string_view size : sizes) {
        if (!is_number(size)) return "the response's Content-Length is '" + said + "', which is no number";
        if (is_beyond_counting(size)) return "the response's Content-Length is larger than any body";
        if (std::stoull(std::string(size)) != std::stoull(std::string(sizes.front()))) {
            return "the response has several Content-Lengths that differ: " + said;
        }
    }
    return {};
}

std::optional<std::uint64_t> ResponseHeader::body_size() const {
    const std::string_view size = get("content-length").substr(0, get("content-length").find(','));
    if (!is_number(trimmed(size)) || is_beyond_counting(size) || same(get("transfer-encoding"), "chunked")) return {};
    return std::stoull(std::string(size));
}

void ResponseHeader::build(Builder& builder, bool decoded) const {
    builder.map();
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
        if (decoded && (line->name == "content-encoding" || line->name == "content-length")) continue;
        const auto same_name = [&](const Line& other) { return other.name == line->name; };
        if (std::find_if(lines_.begin(), line, same_name) != line || !is_utf8(line->name)) continue;
        builder.key(line->name);
        if (line->name != "set-cookie") {
            builder.string(all_of(line->name));
            continue;
        }
        builder.list();
        for (auto one = line; one != lines_.end(); ++one) {
            if (same_name(*one)) builder.string(one->value);
        }
        builder.end();
    }
    builder.end();
}

}  // namespace flowrun::http
