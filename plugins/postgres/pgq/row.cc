#include "row.hh"

#include <cctype>
#include <cstdint>

namespace flowrun::pgq {
namespace {

bool is_uuid(std::string_view text) {
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-') || (!dash && std::isxdigit(static_cast<unsigned char>(text[i])) == 0))
            return false;
    }
    return true;
}

std::uint64_t hash(std::string_view text, std::uint64_t from) {
    for (const char c : text) from = (from ^ static_cast<unsigned char>(c)) * 1099511628211U;
    from ^= from >> 32;
    from *= 0xd6e8feb86659fd93U;
    return from ^ from >> 32;
}

void append_hex(std::string& to, std::uint64_t value, int digits) {
    for (int i = digits; i-- != 0;) to += "0123456789abcdef"[value >> (4 * i) & 15];
}

void append_string(std::string& to, std::string_view text) {
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') (to += '\\') += c;
        else if (static_cast<unsigned char>(c) < 0x20) append_hex(to += "\\u", static_cast<unsigned char>(c), 4);
        else to += c;
    }
    to += '"';
}

}  // namespace

// A UUID of one's own making (version 8, RFC 9562).
std::string row_id(std::string_view message_id) {
    if (is_uuid(message_id)) {
        std::string lower(message_id);
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        return lower;
    }
    const std::uint64_t high = hash(message_id, 14695981039346656037U), low = hash(message_id, high);
    std::string id;
    append_hex(id, high >> 32, 8);
    append_hex(id += '-', high >> 16 & 0xffff, 4);
    append_hex(id += '-', (high & 0xfff) | 0x8000, 4);
    append_hex(id += '-', (low >> 48 & 0x3fff) | 0x8000, 4);
    append_hex(id += '-', low & 0xffffffffffffU, 12);
    return id;
}

// The rest has columns of its own.
std::string metadata_of(const broker::Message& message) {
    std::string made = "{";
    const bool own_id = is_uuid(message.id);
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        if (name == "flowrun-error" || name == "flowrun-attempts" || name == "flowrun-due") return;
        if (name == "flowrun-id" && own_id) return;
        if (made.size() > 1) made += ',';
        append_string(made, name);
        made += ':';
        append_string(made, value);
    });
    return made + "}";
}

std::string refusal_of(const broker::Message& message) {
    const std::size_t first = message.body.find_first_not_of(" \t\r\n");
    if (message.format != FLOWRUN_BODY_BYTES && first != message.body.npos && message.body[first] == '{') return {};
    return "the payload of a message of pgq is a JSON object, and this is none: put it into one before this edge, as "
           "with map: "
           "{ value: \"${msg}\" }";
}

// Somebody else's error is a text, ours JSON.
Taken taken_of(const postgres::Result& rows, int row) {
    Taken one;
    one.id = rows.bytes(row, 0);
    one.count = static_cast<std::uint64_t>(rows.integer(row, 1));
    one.again = rows.integer(row, 2) != 0;
    one.is_object = rows.integer(row, 3) != 0;
    broker::Message& to = one.message;
    to.body = rows.bytes(row, 4);
    to.attempts = one.count == 0 ? 0 : static_cast<std::uint32_t>(one.count - 1);
    if (const std::string_view error = rows.bytes(row, 5); error.starts_with('{')) {
        to.error = error;
    } else if (!error.empty()) {
        append_string(to.error = R"({"code":"failed","message":)", error);
        to.error += '}';
    }
    to.number = static_cast<std::uint64_t>(rows.integer(row, 8));
    to.time = to.accepted = rows.integer(row, 8) * 1000;
    to.id = one.id;
    constexpr std::string_view names[] = {"flowrun-id",     "flowrun-key",   "traceparent",
                                          "flowrun-origin", "flowrun-time",  "flowrun-accepted",
                                          "flowrun-index",  "flowrun-total", "flowrun-format"};
    for (int i = 0; i < 9; ++i) {
        if (!rows.is_null(row, 9 + i)) broker::set_header(to, names[i], rows.bytes(row, 9 + i));
    }
    if (to.format == FLOWRUN_BODY_BYTES) to.format = FLOWRUN_BODY_JSON;
    return one;
}

}  // namespace flowrun::pgq
