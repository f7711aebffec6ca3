#pragma once
// A CloudEvent (version 1.0 of its specification): data, with attributes that say what has happened. In binary mode the attributes
// are headers beside a body; in structured mode all of it is one body of JSON.
//
// Promises: what is written has the attributes that every event must have, with names and values that the specification allows;
// what is read is held to the same, and is refused (sdk::Failure, invalid) where it says that it is an event and is none. Not
// promised: that URIs are URIs; batches are refused.

#include <flowrun/component.hh>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "body.hh"

namespace flowrun::broker {

class CloudEvent {
public:
    struct Attribute {
        std::string name, text;
        bool is_text = true;  // else a number or a boolean, as JSON has it
    };

    // What is known of the message from which it is made.
    struct Origin {
        std::string id;         // empty: one is made up
        std::int64_t time = 0;  // nanoseconds since 1970
    };
    // Of the setting `cloudevent`: {source, type, …}; id, time and specversion are added where they are not. A text whose content
    // type is said to be JSON must be JSON. Throws sdk::Failure (invalid).
    CloudEvent(sdk::Value attributes, const Origin& origin, Body data);

    // Binary mode: the body with its content type, and the attributes but that one.
    const Body& data() const { return data_; }
    std::string_view content_type() const { return type_; }
    void each_attribute(const std::function<void(std::string_view name, std::string_view text)>& give) const;
    // Structured mode.
    Body structured() const;

private:
    std::vector<Attribute> attributes_;
    Body data_;
    std::string type_;
};

// Of the message that a call is about, as a publisher has it.
CloudEvent::Origin origin_of(sdk::Call call, sdk::Node node, std::string_view id);

// The settings of components that send; the second is for those whose server has headers.
inline constexpr std::string_view cloud_event_setting = R"json(
        "cloudevent": {"type": "object", "x-message": true,
                       "description": "Send it as a CloudEvent with these attributes: source and type, and of subject, dataschema, datacontenttype, id, time and extensions what there is; id is else the message's own, time when it was first sent on"})json";
inline constexpr std::string_view cloud_event_mode_setting = R"json(,
        "cloudevent_mode": {"type": "string", "enum": ["binary", "structured"], "default": "binary",
                            "description": "cloudevent: attributes as headers and the data as the body, or all of it in one body of JSON"})json";

// What a source does with messages that say that they are events.
enum class CloudEvents : std::uint8_t { ignore, accept, require };
inline constexpr std::string_view cloud_events_setting = R"json(,
        "cloudevents": {"type": "string", "enum": ["ignore", "accept", "require"], "default": "ignore",
                        "description": "accept: a message that is a CloudEvent has its attributes in event, and its data as body; one that only says so is rejected; require: what is none is rejected as well"})json";

// How a message is read: of the settings format and cloudevents.
struct Reading {
    Format format = Format::automatic;
    CloudEvents events = CloudEvents::ignore;
};
Reading reading_in(sdk::Value settings);

// A message as it has come.
struct Content {
    using Give = std::function<void(std::string_view name, std::string_view value)>;

    std::string_view body, type;  // type: its content type
    // Its headers, where the server has some; and what those of an event begin with, in small letters.
    std::function<void(const Give& give)> each_header{};
    std::span<const std::string_view> prefixes{};
    bool percent = false;  // the values of these are percent-encoded
};
// Builds the entry body of a map that has been begun, and of an event the entry event. Throws sdk::Failure (invalid) where the
// body is not what it is to be read as, or the event none. Of a message without a content type a JSON object that has a
// specversion is an event in structured mode.
void build_content(sdk::Build& build, const Content& content, const Reading& reading);

// RFC 3339, in UTC, to the microsecond.
std::string time_text(std::int64_t nanoseconds);

// As headers have it where they may be of printable ASCII only: space, '"', '%' and what is no such character as %XX. And back, of
// a quoted string too.
std::string percent_of(std::string_view text);
std::string from_percent(std::string_view text);

}  // namespace flowrun::broker
