#pragma once
// What goes beside a body, to be written: the properties of AMQP with their table of headers.

#include <amqp.h>
#include <amqp_framing.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/message.hh"

namespace flowrun::amqp {

class Properties {
public:
    Properties() : made_{} {
        made_._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
        made_.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    }
    void transient() { made_.delivery_mode = AMQP_DELIVERY_NONPERSISTENT; }
    // Copied. Of more than 255 bytes none of these can be kept: it is left out.
    void content_type(std::string_view text) { keep(text, AMQP_BASIC_CONTENT_TYPE_FLAG, content_type_); }
    void message_id(std::string_view text) { keep(text, AMQP_BASIC_MESSAGE_ID_FLAG, message_id_); }
    void correlation_id(std::string_view text) { keep(text, AMQP_BASIC_CORRELATION_ID_FLAG, correlation_id_); }
    void reply_to(std::string_view text) { keep(text, AMQP_BASIC_REPLY_TO_FLAG, reply_to_); }
    void expiration(std::string_view text) { keep(text, AMQP_BASIC_EXPIRATION_FLAG, expiration_); }
    void header(std::string_view name, std::string_view value);
    void header(std::string_view name, std::int64_t value);

    std::string_view id() const { return message_id_; }
    std::size_t size() const { return text_.size() + 8 * pieces_.size(); }
    // Borrows it.
    const amqp_basic_properties_t& made();

private:
    void keep(std::string_view text, amqp_flags_t flag, std::string& into);
    struct Piece {
        std::size_t name, value, end;
        bool is_number = false;
        std::int64_t number = 0;
    };

    amqp_basic_properties_t made_;
    std::string content_type_, message_id_, correlation_id_, reply_to_, expiration_, text_;
    std::vector<Piece> pieces_;
    std::vector<amqp_table_entry_t> entries_;
};

constexpr std::size_t longest_short = 255;

// Of a message of a queue, and back.
Properties properties_of(const broker::Message& message);
broker::Message message_of(const amqp_basic_properties_t& properties, std::string body);
// How often it was given out before, as a quorum queue counts.
std::uint64_t deliveries_of(const amqp_basic_properties_t& properties);
// Nothing: it is none.
std::optional<std::int64_t> whole_number(const amqp_field_value_t& value);
// Those that are text or whole numbers, as text.
void each_header_of(const amqp_basic_properties_t& properties,
                    const std::function<void(std::string_view name, std::string_view value)>& give);

}  // namespace flowrun::amqp
