#include "body.hh"

#include <cstdlib>
#include <memory>
#include <new>

#include "letter.hh"

namespace flowrun::nats {
namespace {

using namespace sdk;

constexpr std::string_view event_prefixes[] = {"ce-"};
constexpr const char* type_header = "Content-Type";

void each_header(const Msg& msg, const broker::Content::Give& give) {
    const char** names = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(msg.get(), &names, &count) != NATS_OK) return;
    const std::unique_ptr<const char*, void (*)(const char**)> owned(
        names, [](const char** all) { std::free(static_cast<void*>(all)); });
    for (int i = 0; i < count; ++i) give(names[i], header_of(msg, names[i]));
}

// A header ends with its line.
bool fits(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

}  // namespace

std::string_view type_of(const Msg& msg) { return header_of(msg, type_header); }

void build_message(Build& build, const Msg& msg, const broker::Reading& reading) {
    build.map();
    broker::Content content{body_of(msg), type_of(msg)};
    content.each_header = [&](const broker::Content::Give& give) { each_header(msg, give); };
    content.prefixes = event_prefixes;
    content.percent = true;
    broker::build_content(build, content, reading);
    build.key("headers").map();
    each_header(msg, [&](std::string_view name, std::string_view value) { build.key(name).string(value); });
    build.end();
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
