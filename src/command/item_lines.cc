#include "command/item_lines.hh"

#include <ctime>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "expr/base64.hh"
#include "queue/body.hh"
#include "queue/plugin_text.hh"
#include "queue/unique_id.hh"
#include "trace/context.hh"
#include "value/json.hh"

namespace flowrun::command {

using queue::lent, queue::view_of;

namespace {

// RFC 3339, in UTC.
std::string time_of(std::int64_t wall) {
    const std::time_t seconds = wall / 1'000'000'000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                       parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, wall / 1'000'000 % 1000);
}

void add_text(std::string& text, std::string_view name, flowrun_text value) {
    if (value.size == 0) return;
    text += fmt::format(R"(,"{}":)", name);
    value::write_string(view_of(value), text);
}

void add_number(std::string& text, std::string_view name, std::int64_t value) {
    if (value != 0) text += fmt::format(R"(,"{}":{})", name, value);
}

}  // namespace

std::string line_of(const flowrun_queue_item& item) {
    std::string text = fmt::format(R"({{"number":{},"id":)", item.number);
    value::write_string(view_of(item.id), text);
    if (item.key.size != 0) {
        text += R"(,"key":)";
        value::write_string(view_of(item.key), text);
    }
    text += fmt::format(R"(,"accepted":"{}","attempts":{})", time_of(item.accepted), item.attempts);
    if (item.due != 0) text += fmt::format(R"(,"due":"{}")", time_of(item.due));
    if (item.error.size != 0) {
        text += R"(,"error":)";
        text += view_of(item.error);
    }
    text += R"(,"msg":)";
    if (const auto body = queue::read_body(item.format, view_of(item.body))) {
        value::write(**body, text);
    } else {
        text += R"(null,"unreadable":)";
        value::write_string(body.error(), text);
    }
    return text + "}\n";
}

std::expected<std::string, std::string> exported(const flowrun_queue_item& item, bool dead) {
    const auto body = queue::read_body(item.format, view_of(item.body));
    if (!body) return std::unexpected(body.error());
    std::string text = R"({"id":)";
    value::write_string(view_of(item.id), text);
    add_text(text, "key", item.key);
    add_text(text, "traceparent", item.traceparent);
    add_number(text, "attempts", item.attempts);
    add_number(text, "time_ns", item.time);
    add_number(text, "accepted_ns", item.accepted);
    if (!dead) add_number(text, "due_ns", item.due);
    add_number(text, "index", item.index);
    add_number(text, "total", item.total);
    if (dead) text += R"(,"dead":true)";
    if (item.error.size != 0) text += fmt::format(R"(,"error":{})", view_of(item.error));
    if (item.format == FLOWRUN_BODY_JSON) {
        text += R"(,"msg":)";
        value::write(**body, text);
        return text + "}\n";
    }
    return text +
           fmt::format(R"(,"{}":"{}"}})", item.format == FLOWRUN_BODY_BYTES ? "bytes" : "mixed",
                       expr::encode_base64(view_of(item.body))) +
           "\n";
}

namespace {

// Reads the members of a line, and notes the first that is not what it must be.
class Line {
public:
    explicit Line(const value::Node& line) : line_(line) {}
    std::string text(std::string_view name) {
        const value::Node* const at = line_.member(name);
        if (at == nullptr) return {};
        if (const auto is = at->as_string()) return std::string(*is);
        return wrong(name, "a text"), std::string();
    }
    std::int64_t number(std::string_view name, std::int64_t otherwise) {
        const value::Node* const at = line_.member(name);
        if (at == nullptr) return otherwise;
        if (const auto is = at->as_int()) return *is;
        return wrong(name, "a whole number"), otherwise;
    }
    bool flag(std::string_view name) {
        const value::Node* const at = line_.member(name);
        if (at != nullptr && !at->is(value::Kind::boolean)) wrong(name, "true or false");
        return at != nullptr && at->is(value::Kind::boolean) && at->as_bool().value_or(false);
    }
    const value::Node* value(std::string_view name) const { return line_.member(name); }
    void wrong(std::string_view name, std::string_view what) {
        if (problem.empty()) problem = fmt::format("'{}' must be {}", name, what);
    }
    std::string problem;

private:
    const value::Node& line_;
};

// The body and its format; nothing: the line has none, or a wrong one.
std::optional<std::uint32_t> read_body_of(Line& line, std::string& body) {
    if (const value::Node* const message = line.value("msg")) return queue::write_body(*message, body);
    for (const auto& [name, format] :
         {std::pair{"bytes", FLOWRUN_BODY_BYTES}, std::pair{"mixed", FLOWRUN_BODY_MIXED}}) {
        if (line.value(name) == nullptr) continue;
        auto bytes = expr::decode_base64(line.text(name));
        if (!bytes || !queue::read_body(static_cast<std::uint32_t>(format), *bytes)) {
            line.wrong(name, "base64 of a body");
            return {};
        }
        body = std::move(*bytes);
        return static_cast<std::uint32_t>(format);
    }
    if (line.problem.empty()) line.problem = "it has no 'msg'";
    return {};
}

}  // namespace

std::expected<Imported, std::string> Imported::of(std::string_view text, std::int64_t now) {
    const auto parsed = value::parse(text);
    if (!parsed) return std::unexpected(fmt::format("not JSON: {}", parsed.error().message));
    return of(**parsed, now);
}

std::expected<Imported, std::string> Imported::of(const value::Node& object, std::int64_t now) {
    if (!object.is(value::Kind::map)) return std::unexpected("it is no object");
    Line line(object);
    Imported made;
    made.rest_.size = sizeof made.rest_;
    made.id_ = line.text("id");
    if (made.id_.empty()) made.id_ = queue::unique_id(now);
    made.key_ = line.text("key");
    made.traceparent_ = line.text("traceparent");
    if (!made.traceparent_.empty() && !trace::parse_traceparent(made.traceparent_)) line.wrong("traceparent", "one");
    const bool dead = line.flag("dead");
    const std::int64_t attempts = line.number("attempts", 0);
    if (attempts < 0 || attempts > std::numeric_limits<std::int32_t>::max())
        line.wrong("attempts", "a number of attempts");
    made.rest_.attempts = dead ? 0 : static_cast<std::uint32_t>(attempts);
    made.rest_.time = line.number("time_ns", now);
    made.rest_.accepted = dead ? now : line.number("accepted_ns", now);
    made.rest_.due = line.number("due_ns", 0);
    made.rest_.index = line.number("index", 0);
    made.rest_.total = line.number("total", 0);
    const value::Node* const error = dead ? nullptr : line.value("error");
    if (error != nullptr) made.error_ = value::to_json(*error);
    if (const auto format = read_body_of(line, made.body_)) made.rest_.format = *format;
    if (!line.problem.empty()) return std::unexpected(std::move(line.problem));
    return made;
}

flowrun_queue_item Imported::item() const {
    flowrun_queue_item item = rest_;
    item.id = lent(id_);
    item.key = lent(key_);
    item.traceparent = lent(traceparent_);
    item.error = lent(error_);
    item.body = lent(body_);
    return item;
}

}  // namespace flowrun::command
