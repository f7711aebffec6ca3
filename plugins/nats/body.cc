#include "body.hh"

#include <cstdlib>
#include <new>

#include "letter.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;

constexpr const char* type_header = "Content-Type";

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

std::string_view type_of(const Msg& msg) { return header_of(msg, type_header); }

void build_message(Build& build, const Msg& msg, broker::Format format) {
    build.map().key("body");
    broker::build_body(build, body_of(msg), type_of(msg), format);
    build_headers(build.key("headers"), msg);
    build.key("subject").string(subject_of(msg));
    const std::string_view reply = reply_of(msg);
    if (const Delivery delivery = delivery_of(reply); delivery.sequence != 0)
        build.key("sequence").unsigned_integer(delivery.sequence).key("deliveries").unsigned_integer(delivery.count);
    else if (!reply.empty()) build.key("reply_to").string(reply);
    build.end();
}

Msg plain_letter(const std::string& subject, const std::string& reply, const broker::Body& body) {
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
