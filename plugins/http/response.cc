#include "response.hh"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <optional>

#include <boost/beast/http/status.hpp>

#include "text.hh"

namespace flowrun::http {

using namespace sdk;

namespace {

// The date changes once a second, and is asked for by several threads.
std::string_view date() {
    thread_local std::time_t when = -1;
    thread_local char text[64];
    thread_local std::size_t size = 0;
    if (const std::time_t now = std::time(nullptr); now != when) {
        std::tm parts{};
        ::gmtime_r(&now, &parts);
        constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        size = static_cast<std::size_t>(std::snprintf(text, sizeof text, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
                                                      days[parts.tm_wday], parts.tm_mday, months[parts.tm_mon],
                                                      parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec));
        when = now;
    }
    return {text, size};
}

bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

// `fields` is whole header lines.
std::string whole(unsigned status, std::string_view fields, std::string_view body, const Manner& manner) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    std::string out;
    out.reserve(160 + fields.size() + body.size());
    out.append("HTTP/1.1 ").append(std::to_string(status)).push_back(' ');
    out.append(reason.data(), reason.size()).append("\r\n").append(date()).append(fields);
    if (!has_no_body(status)) out.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    if (manner.close) out.append("Connection: close\r\n");
    else if (manner.keep_alive) out.append("Connection: keep-alive\r\n");
    out.append("\r\n");
    if (!manner.head && !has_no_body(status)) out.append(body);
    return out;
}

constexpr std::string_view json_type = "Content-Type: application/json\r\n";
constexpr std::string_view octets_type = "Content-Type: application/octet-stream\r\n";
constexpr std::string_view text_type = "Content-Type: text/plain; charset=utf-8\r\n";

std::string as_json(unsigned status, std::string_view fields, Value body, const Manner& manner) {
    thread_local std::string text;
    text.clear();
    body.write_json([](std::string_view piece) { text.append(piece); });
    std::string out = whole(status, fields, text, manner);
    if (text.capacity() > (std::size_t{1} << 20)) text = std::string();
    return out;
}

// What an expression choked on is for the operator; a client may not have sent it.
std::string_view without_values(std::string_view message) {
    return message.substr(0, std::min(message.find(" (the value was "), message.find(" (the values were ")));
}

void add_field(std::string& out, std::string_view name, Value value) {
    const auto text = value.string();
    const std::string shown = text ? std::string(*text) : value.json();
    if (value.is(Kind::map) || value.is(Kind::list) || !is_field_value(shown)) {
        throw Failure(Status::internal, "the reply's header '" + std::string(name) + "' is not one line of text");
    }
    out.append(name).append(": ").append(shown).append("\r\n");
}

std::string fields_of(Value headers, bool& typed) {
    std::string out;
    if (!headers || headers.is(Kind::null)) return out;
    if (!headers.is(Kind::map)) throw Failure(Status::internal, "the reply's headers are not a map");
    for (auto [name, value] : headers.entries()) {
        if (!is_token(name)) throw Failure(Status::internal, "the reply has a header whose name is not one");
        if (is_framing(name) || same(name, "date") || value.is(Kind::null)) continue;
        typed = typed || same(name, "content-type");
        if (!value.is(Kind::list)) add_field(out, name, value);
        for (Value one : value.items()) add_field(out, name, one);
    }
    return out;
}

// A number, or digits as text, which is what a number becomes in a template or a table.
std::optional<std::int64_t> number_of(Value status) {
    if (const auto number = status.integer()) return *number;
    const std::string_view text = status.string().value_or("");
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

// Throws Failure (internal): it is none that can be sent.
unsigned status_of(Value status) {
    const auto number = number_of(status);
    if (number && *number >= 200 && *number <= 599) return static_cast<unsigned>(*number);
    constexpr std::size_t most_shown = 40;
    throw Failure(Status::internal, "the reply's status is " + status.json().substr(0, most_shown) +
                                        ", not 200 to 599" + (number ? "" : "; as data it belongs into 'body'"));
}

// A map of these members alone, and a status among them.
bool is_response(Value reply) {
    if (!reply.is(Kind::map) || !reply["status"]) return false;
    for (auto [name, value] : reply.entries()) {
        if (name != "status" && name != "headers" && name != "body") return false;
    }
    return true;
}

std::string seconds_of(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    return "Retry-After: " + std::to_string(nanoseconds / second + (nanoseconds % second != 0 ? 1 : 0)) + "\r\n";
}

void add_string(std::string& out, std::string_view name, std::string_view text) {
    out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":\"");
    for (const char c : text) {
        if (c == '"' || c == '\\') out.push_back('\\');
        if (static_cast<unsigned char>(c) >= 0x20) {
            out.push_back(c);
        } else {
            constexpr char digits[] = "0123456789abcdef";
            out.append("\\u00").append({digits[c >> 4 & 1], digits[c & 15]});
        }
    }
    out.push_back('"');
}

const char* name_of(Status code) {
    switch (code) {
        case Status::invalid: return "invalid";
        case Status::timeout: return "timeout";
        case Status::cancelled: return "cancelled";
        case Status::unavailable: return "unavailable";
        case Status::overflow: return "overflow";
        case Status::permanent: return "permanent";
        case Status::internal: return "internal";
        default: return "failed";
    }
}

const char* code_of(unsigned status) {
    switch (status) {
        case 408:
        case 504: return "timeout";
        case 429: return "overflow";
        case 503: return "unavailable";
        case 500: return "internal";
        default: return "invalid";
    }
}

std::string error_body(std::string_view code, std::string_view message, std::string_view node) {
    std::string body = "{\"error\":{";
    add_string(body, "code", code);
    add_string(body, "message", without_values(message));
    if (!node.empty()) add_string(body, "node", node);
    body.append("}}");
    return body;
}

}  // namespace

unsigned status_of(Status code) {
    switch (code) {
        case Status::invalid: return 400;
        case Status::permanent: return 422;
        case Status::overflow: return 429;
        case Status::cancelled:
        case Status::unavailable: return 503;
        case Status::timeout: return 504;
        default: return 500;
    }
}

std::string response_without_reply(bool accepted_only, const Manner& manner) {
    return whole(accepted_only ? 202 : 204, {}, {}, manner);
}

std::string response_of(Value reply, const Manner& manner) {
    if (reply.is(Kind::bytes)) return whole(200, octets_type, *reply.text(), manner);
    if (!is_response(reply)) return as_json(200, json_type, reply, manner);
    const unsigned number = status_of(reply["status"]);
    bool typed = false;
    std::string fields = fields_of(reply["headers"], typed);
    const Value body = reply["body"];
    if (!body || body.is(Kind::null)) return whole(number, fields, {}, manner);
    if (const auto text = body.text()) {
        if (!typed) fields.append(body.is(Kind::string) ? text_type : octets_type);
        return whole(number, fields, *text, manner);
    }
    if (!typed) fields.append(json_type);
    return as_json(number, fields, body, manner);
}

std::string response_of(Status code, const flowrun_error* error, const Manner& manner) {
    std::string fields(json_type);
    std::int64_t wait = error != nullptr ? error->retry_after : 0;
    if (wait == 0 && (code == Status::overflow || code == Status::cancelled)) wait = 1'000'000'000;
    const unsigned status = status_of(code);
    if (wait > 0 && (status == 429 || status == 503)) fields.append(seconds_of(wait));
    const auto view = [](const char* data, std::uint64_t size) {
        return data != nullptr ? std::string_view(data, static_cast<std::size_t>(size)) : std::string_view();
    };
    const std::string_view message =
        error != nullptr ? view(error->message, error->message_size) : "the flow failed without saying why";
    const std::string_view node = error != nullptr ? view(error->node, error->node_size) : std::string_view();
    return whole(status, fields, error_body(name_of(code), message, node), manner);
}

std::string refusal(unsigned status, std::string_view message, std::string_view more, const Manner& manner) {
    std::string fields(json_type);
    fields.append(more);
    return whole(status, fields, error_body(code_of(status), message, {}), manner);
}

void say_close(std::string& response) {
    constexpr std::string_view name = "\r\nConnection: ", said = "close";
    const std::size_t end = response.find("\r\n\r\n"), at = response.find(name);
    if (at >= end) {
        response.insert(response.find("\r\n"), std::string(name) + std::string(said));
    } else {
        const std::size_t from = at + name.size();
        response.replace(from, response.find("\r\n", from) - from, said);
    }
}

}  // namespace flowrun::http
