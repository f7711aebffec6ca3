#include "content.hh"

#include "text.hh"

namespace flowrun::sqs {
namespace {

using namespace sdk;

constexpr std::size_t most_attributes = 10;

bool looks_like_json(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != text.npos && (text[begin] == '{' || text[begin] == '[');
}

void build_body(Build& build, const Delivered& one, broker::Format format) {
    const std::string& body = one.message.body;
    switch (format) {
        case broker::Format::bytes: build.bytes(body); return;
        case broker::Format::text: build.string(body); return;
        case broker::Format::json:
            if (!build.json(body)) throw Failure(Status::invalid, "the body is not JSON");
            return;
        case broker::Format::automatic:
            if (!looks_like_json(body) || !build.json(body)) build.string(body);
    }
}

void build_attribute(Build& build, const broker::Json& value) {
    const std::string& text = value["StringValue"].text();
    const std::string_view type = value["DataType"].text();
    if (type.starts_with("Binary")) {
        build.bytes(from_base64(value["BinaryValue"].text()).value_or(""));
    } else if (!type.starts_with("Number") || !build.json(text)) {
        build.string(text);
    }
}

struct Attribute {
    std::string type, member, value;
};

Attribute attribute_of(Value value) {
    if (value.is(Kind::bytes)) return {"Binary", "BinaryValue", base64_of(*value.text())};
    if (value.is(Kind::string)) return {"String", "StringValue", std::string(*value.text())};
    const bool number = value.integer() || value.unsigned_integer() || value.real();
    return {number ? "Number" : "String", "StringValue", value.json()};
}

}  // namespace

void build_message(Build& build, const broker::Json& given, broker::Format format) {
    const auto one = delivered(given);
    if (!one) throw Failure(Status::invalid, "SQS gave out something that is no message");
    build.map().key("body");
    build_body(build, *one, format);
    build.key("attributes").map();
    for (const auto& [name, value] : given["MessageAttributes"].members()) {
        if (name != own_attribute) build_attribute(build.key(name), value);
    }
    build.end().key("id").string(one->id).key("deliveries").unsigned_integer(one->times);
    build.key("sent").integer(one->sent);
    if (!one->group.empty()) build.key("group").string(one->group);
    build.end();
}

Entry plain_entry(Value body, const std::vector<std::pair<std::string, Value>>& attributes, const Way& way) {
    const auto text = body.text();
    std::string bytes = text ? std::string(*text) : body.json();
    const bool plain = is_body(bytes);
    std::vector<std::pair<std::string, Attribute>> all;
    for (const auto& [name, value] : attributes) {
        if (!value.is(Kind::null)) all.emplace_back(name, attribute_of(value));
    }
    if (!plain) {
        bytes = bytes.empty() ? " " : base64_of(bytes);
        all.emplace_back(own_attribute, Attribute{"String", "StringValue", std::string(packed_base64)});
    }
    if (all.size() > most_attributes)
        throw Failure(Status::invalid,
                      "a message in SQS may have ten attributes, and this has " + std::to_string(all.size()));
    Entry entry;
    entry.size = bytes.size();
    std::string members;
    for (const auto& [name, attribute] : all) {
        entry.size += name.size() + attribute.type.size() + attribute.value.size();
        members += (members.empty() ? "" : ",") + broker::json_text(name) + R"(:{"DataType":")" + attribute.type +
                   R"(",")" + attribute.member + "\":" + broker::json_text(attribute.value) + "}";
    }
    entry.text = R"("MessageBody":)" + broker::json_text(bytes);
    if (!members.empty()) entry.text += ",\"MessageAttributes\":{" + members + "}";
    append_way(entry.text, way);
    return entry;
}

}  // namespace flowrun::sqs
