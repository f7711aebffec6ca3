#include "body.hh"

#include <cstdlib>
#include <new>

#include "letter.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;

constexpr const char* type_header = "Content-Type";

bool is_json(std::string_view type) {
    type = type.substr(0, type.find(';'));
    return type == "application/json" || type.ends_with("+json");
}

void build_headers(Build& build, const Msg& msg) {
    build.map();
    const char** names = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(msg.get(), &names, &count) == NATS_OK) {
        for (int i = 0; i < count; ++i) build.key(names[i]).string(header_of(msg, names[i]));
        std::free(static_cast<void*>(names));
    }
    build.end();
}

// A header ends with its line.
bool fits(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

}  // namespace

Format format_of(std::string_view name) {
    if (name == "json") return Format::json;
    if (name == "text") return Format::text;
    if (name == "bytes") return Format::bytes;
    return Format::automatic;
}

Body body_of(Value value) {
    if (value.is(Kind::string)) return {std::string(*value.text()), "text/plain; charset=utf-8"};
    if (value.is(Kind::bytes)) return {std::string(*value.text()), "application/octet-stream"};
    return {value.json(), "application/json"};
}

void build_body(Build& build, const Msg& msg, Format format) {
    const std::string_view body = body_of(msg);
    const bool json = format == Format::json || (format == Format::automatic && is_json(header_of(msg, type_header)));
    if (format == Format::bytes) build.bytes(body);
    else if (!json) build.string(body);
    else if (!build.json(body)) throw Failure(Status::invalid, "the body is not JSON");
}

void build_message(Build& build, const Msg& msg, Format format) {
    build.map().key("body");
    build_body(build, msg, format);
    build_headers(build.key("headers"), msg);
    build.key("subject").string(subject_of(msg));
    const std::string_view reply = reply_of(msg);
    if (const Delivery delivery = delivery_of(reply); delivery.sequence != 0)
        build.key("sequence").unsigned_integer(delivery.sequence).key("deliveries").unsigned_integer(delivery.count);
    else if (!reply.empty()) build.key("reply_to").string(reply);
    build.end();
}

Msg plain_letter(const std::string& subject, const std::string& reply, const Body& body) {
    natsMsg* made = nullptr;
    const natsStatus status = natsMsg_Create(&made, subject.c_str(), reply.empty() ? nullptr : reply.c_str(),
                                             body.bytes.data(), static_cast<int>(body.bytes.size()));
    if (status == NATS_NO_MEMORY) throw std::bad_alloc();
    if (status != NATS_OK) throw Failure(Status::invalid, "'" + subject + "' is no subject to send to");
    Msg msg(made);
    add_header(msg, type_header, body.type);
    return msg;
}

void add_header(const Msg& msg, std::string_view name, std::string_view value) {
    if (name.empty() || !fits(name) || name.find(':') != name.npos || !fits(value))
        throw Failure(Status::invalid, "'" + std::string(name) + "' cannot be a header: neither may have a line break");
    if (natsMsgHeader_Set(msg.get(), std::string(name).c_str(), std::string(value).c_str()) != NATS_OK)
        throw std::bad_alloc();
}

}  // namespace flowrun::nats
