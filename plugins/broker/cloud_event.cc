#include "cloud_event.hh"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>

#include "base64.hh"
#include "json.hh"

namespace flowrun::broker {
namespace {

using namespace sdk;

constexpr std::string_view structured_type = "application/cloudevents+json", any_structured = "application/cloudevents";
constexpr std::string_view required[] = {"specversion", "id", "source", "type"};
using Attribute = CloudEvent::Attribute;
using Attributes = std::vector<Attribute>;

[[noreturn]] void refuse(const std::string& why) { throw Failure(Status::invalid, "no CloudEvent: " + why); }

bool is_name(std::string_view name) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !name.empty() && std::all_of(name.begin(), name.end(), fits);
}

// The code point that begins the text, which is cut by it; none: it is no UTF-8.
std::optional<std::uint32_t> next_code(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80U   ? 1
                             : first < 0xC2U ? 0
                             : first < 0xE0U ? 2
                             : first < 0xF0U ? 3
                             : first < 0xF5U ? 4
                                             : 0;
    if (size == 0 || text.size() < size) return std::nullopt;
    std::uint32_t code = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte & 0xC0U) != 0x80U) return std::nullopt;
        code = code << 6U | (byte & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[size] || code > 0x10FFFFU || (code >= 0xD800U && code < 0xE000U)) return std::nullopt;
    text.remove_prefix(size);
    return code;
}

bool is_text(std::string_view text) {
    while (!text.empty()) {
        const auto code = next_code(text);
        if (!code || *code < 0x20U || (*code >= 0x7FU && *code < 0xA0U)) return false;
    }
    return true;
}

// RFC 3339: 2026-11-30T12:00:00[.123](Z|+01:00).
bool is_time(std::string_view text) {
    constexpr std::string_view shape = "0000-00-00T00:00:00";
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const auto fits = [&](std::string_view part, std::string_view as) {
        if (part.size() < as.size()) return false;
        for (std::size_t i = 0; i < as.size(); ++i) {
            const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(part[i])));
            if (as[i] == '0' ? !digit(c) : c != as[i]) return false;
        }
        return true;
    };
    if (!fits(text, shape)) return false;
    text.remove_prefix(shape.size());
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
        if (end == 0) return false;
        text.remove_prefix(end);
    }
    return text == "Z" || text == "z" || (text.size() == 6 && (fits(text, "+00:00") || fits(text, "-00:00")));
}

const Attribute* find(const Attributes& attributes, std::string_view name) {
    const auto found =
        std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& one) { return one.name == name; });
    return found == attributes.end() ? nullptr : &*found;
}

void add(Attributes& attributes, std::string_view name, std::string text, bool is_text_value) {
    if (!is_name(name) || name == "data")
        refuse("'" + std::string(name) + "' cannot be an attribute: small letters and digits can");
    if (find(attributes, name) != nullptr) refuse("it has two of '" + std::string(name) + "'");
    if (!is_text(text)) refuse("'" + std::string(name) + "' holds what is no text");
    attributes.push_back({std::string(name), std::move(text), is_text_value});
}

// Of a map: texts, booleans and whole numbers of 32 bits; null is as if it was not there.
void add_value(Attributes& attributes, std::string_view name, Value value) {
    if (value.is(Kind::null)) return;
    if (const auto text = value.string()) return add(attributes, name, std::string(*text), true);
    const auto number = value.integer();
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max(), least = -most - 1;
    if (!value.is(Kind::boolean) && (!number || *number < least || *number > most))
        refuse("'" + std::string(name) + "' is no text, no boolean and no whole number of 32 bits");
    add(attributes, name, value.json(), false);
}

void must_be_whole(const Attributes& attributes) {
    for (const std::string_view name : required) {
        const Attribute* const one = find(attributes, name);
        if (one == nullptr || one->text.empty()) refuse("it has no '" + std::string(name) + "'");
        if (!one->is_text) refuse("'" + std::string(name) + "' is no text");
    }
    if (find(attributes, "specversion")->text != "1.0")
        refuse("of its version '" + find(attributes, "specversion")->text + "' nothing is known here");
    if (const Attribute* const time = find(attributes, "time"); time != nullptr && !is_time(time->text))
        refuse("its time '" + time->text + "' is none of RFC 3339");
    for (const std::string_view name : {"subject", "dataschema", "datacontenttype"}) {
        const Attribute* const one = find(attributes, name);
        if (one != nullptr && (one->text.empty() || !one->is_text))
            refuse("its '" + std::string(name) + "' is empty, or no text");
    }
}

std::string new_id() {
    unsigned char bytes[16] = {};
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) throw Failure(Status::unavailable, "no random numbers");
    constexpr char digits[] = "0123456789abcdef";
    std::string made;
    for (const unsigned char byte : bytes) (made += digits[byte >> 4U]) += digits[byte & 0xFU];
    return made;
}

std::string lowered(std::string_view text) {
    std::string made(text);
    for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return made;
}

void build_event(Build& build, const Attributes& attributes) {
    build.key("event").map();
    for (const Attribute& one : attributes) {
        build.key(one.name);
        if (one.is_text || !build.json(one.text)) build.string(one.text);
    }
    build.end();
}

// --- structured ---

void build_structured(Build& build, Value event, Format format) {
    if (!event.is(Kind::map)) refuse("its body is no JSON object");
    Attributes attributes;
    Value data, bytes;
    for (auto [name, value] : event.entries()) {
        if (name == "data") data = value;
        else if (name == "data_base64") bytes = value.is(Kind::null) ? Value() : value;
        else add_value(attributes, name, value);
    }
    must_be_whole(attributes);
    if (data && bytes) refuse("it has data and data_base64");
    const Attribute* const said = find(attributes, "datacontenttype");
    const std::string type = said == nullptr ? "application/json" : said->text;
    build_event(build, attributes);
    build.key("body");
    if (bytes) {
        const auto decoded = bytes.string() ? from_base64(*bytes.string()) : std::nullopt;
        if (!decoded) refuse("its data_base64 is none");
        return build_body(build, *decoded, said == nullptr ? std::string_view() : type, format);
    }
    if (!data) return (void)build.null();
    if (is_json(type)) return build_body(build, data.json(), type, format);
    if (!data.string()) refuse("its data is no text, and is said to be '" + type + "'");
    build_body(build, *data.string(), type, format);
}

// --- binary ---

// Nothing where it is no event.
Attributes attributes_in(const Content& content) {
    Attributes attributes;
    if (!content.each_header) return attributes;
    content.each_header([&](std::string_view header, std::string_view value) {
        const std::string name = lowered(header);
        for (const std::string_view prefix : content.prefixes) {
            if (!name.starts_with(prefix)) continue;
            add(attributes, name.substr(prefix.size()), content.percent ? from_percent(value) : std::string(value),
                true);
            return;
        }
    });
    if (find(attributes, "specversion") == nullptr) return {};
    // Headers come in any order.
    std::sort(attributes.begin(), attributes.end(),
              [](const Attribute& a, const Attribute& b) { return a.name < b.name; });
    return attributes;
}

}  // namespace

std::string time_text(std::int64_t nanoseconds) {
    constexpr std::int64_t second = 1'000'000'000;
    const std::time_t seconds = nanoseconds / second;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[32] = {};
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    const std::string digits = std::to_string(second / 1'000 + nanoseconds % second / 1'000).substr(1);
    return std::string(text, size) + "." + digits + "Z";
}

CloudEvent::CloudEvent(Value attributes, const Origin& origin, Body data) : data_(std::move(data)), type_(data_.type) {
    for (auto [name, value] : attributes.entries()) {
        if (name != "datacontenttype") add_value(attributes_, name, value);
        else if (!value.is(Kind::null)) type_ = value.string().value_or("");
    }
    if (type_.empty() || !is_text(type_)) refuse("its 'datacontenttype' is empty, or no text");
    if (find(attributes_, "specversion") == nullptr) attributes_.insert(attributes_.begin(), {"specversion", "1.0"});
    if (find(attributes_, "id") == nullptr) add(attributes_, "id", origin.id.empty() ? new_id() : origin.id, true);
    if (find(attributes_, "time") == nullptr) add(attributes_, "time", time_text(origin.time), true);
    must_be_whole(attributes_);
    if (is_json(type_) && !is_json(data_.type) && !Reader(attributes.table()).read(data_.bytes))
        throw Failure(Status::invalid, "the data is said to be '" + type_ + "', and is no JSON");
}

void CloudEvent::each_attribute(const std::function<void(std::string_view, std::string_view)>& give) const {
    for (const Attribute& one : attributes_) give(one.name, one.text);
}

Body CloudEvent::structured() const {
    std::string made = "{";
    for (const Attribute& one : attributes_) {
        ((made += json_text(one.name)) += ':') += one.is_text ? json_text(one.text) : one.text;
        made += ',';
    }
    (made += "\"datacontenttype\":") += json_text(type_);
    const bool is_bytes = data_.type == "application/octet-stream";
    if (is_json(type_)) (made += ",\"data\":") += data_.bytes;
    else if (is_bytes) ((made += ",\"data_base64\":\"") += base64_of(data_.bytes)) += '"';
    else (made += ",\"data\":") += json_text(data_.bytes);
    return {made += '}', "application/cloudevents+json; charset=utf-8"};
}

CloudEvent::Origin origin_of(Call call, Node node, std::string_view id) {
    const flowrun_meta meta = call.meta();
    return {std::string(id), meta.time != 0 ? meta.time : node.wall()};
}

Reading reading_in(Value settings) {
    const auto events = settings["cloudevents"].string();
    return {format_in(settings), events == "accept"    ? CloudEvents::accept
                                 : events == "require" ? CloudEvents::require
                                                       : CloudEvents::ignore};
}

void build_content(Build& build, const Content& content, const Reading& reading) {
    std::string type(content.type);
    if (reading.events != CloudEvents::ignore) {
        Attributes attributes = attributes_in(content);
        const std::string plain = lowered(content.type.substr(0, content.type.find(';')));
        const bool says_so = plain.starts_with(any_structured);
        if (says_so && plain != structured_type) refuse("'" + plain + "' is not read");
        if (says_so || (type.empty() && attributes.empty())) {
            Reader reader(build.table());
            const Value event = reader.read(content.body);
            if (says_so || event["specversion"]) return build_structured(build, event, reading.format);
        }
        if (attributes.empty() && reading.events == CloudEvents::require) refuse("it does not say that it is one");
        if (!attributes.empty()) {
            const Attribute* const said = find(attributes, "datacontenttype");
            if (said != nullptr) type = said->text;
            else if (!type.empty()) add(attributes, "datacontenttype", type, true);
            must_be_whole(attributes);
            build_event(build, attributes);
        }
    }
    build_body(build.key("body"), content.body, type, reading.format);
}

std::string percent_of(std::string_view text) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string made;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20U && byte < 0x7FU && c != '"' && c != '%') made += c;
        else ((made += '%') += digits[byte >> 4U]) += digits[byte & 0xFU];
    }
    return made;
}

std::string from_percent(std::string_view text) {
    std::string plain;
    if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\' && i + 1 < text.size()) ++i;
            plain += text[i];
        }
        text = plain;
    }
    const auto digit = [](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool may_be = text[i] == '%' && i + 2 < text.size();
        const int high = may_be ? digit(text[i + 1]) : -1, low = may_be ? digit(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            made += text[i];
            continue;
        }
        made += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return made;
}

}  // namespace flowrun::broker
