#include "properties.hh"

#include <flowrun/ext/queue.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "connection.hh"

namespace flowrun::amqp {
namespace {

constexpr std::string_view json = "application/json", bytes = "application/octet-stream", id_header = "flowrun-id";
// Beside a body all must fit into one frame of 128 KB.
constexpr std::size_t longest_error = 32 << 10;
constexpr std::string_view cut_error =
    R"({"code":"failed","message":"the error was too long to be kept beside its message"})";

}  // namespace

std::optional<std::int64_t> whole_number(const amqp_field_value_t& value) {
    switch (value.kind) {
        case AMQP_FIELD_KIND_BOOLEAN: return value.value.boolean;
        case AMQP_FIELD_KIND_I8: return value.value.i8;
        case AMQP_FIELD_KIND_U8: return value.value.u8;
        case AMQP_FIELD_KIND_I16: return value.value.i16;
        case AMQP_FIELD_KIND_U16: return value.value.u16;
        case AMQP_FIELD_KIND_I32: return value.value.i32;
        case AMQP_FIELD_KIND_U32: return value.value.u32;
        case AMQP_FIELD_KIND_I64: return value.value.i64;
        case AMQP_FIELD_KIND_U64: return static_cast<std::int64_t>(value.value.u64);
        default: return std::nullopt;
    }
}

void Properties::keep(std::string_view text, amqp_flags_t flag, std::string& into) {
    if (text.empty() || text.size() > longest_short) return;
    into = text;
    made_._flags |= flag;
}

void Properties::header(std::string_view name, std::string_view value) {
    if (name.empty() || name.size() > longest_short) return;
    const std::size_t at = text_.size();
    text_.append(name).append(value);
    pieces_.push_back({at, at + name.size(), text_.size()});
}

void Properties::header(std::string_view name, std::int64_t value) {
    const std::size_t had = pieces_.size();
    header(name, std::string_view());
    if (pieces_.size() == had) return;
    pieces_.back().is_number = true;
    pieces_.back().number = value;
}

const amqp_basic_properties_t& Properties::made() {
    made_.content_type = bytes_of(content_type_);
    made_.message_id = bytes_of(message_id_);
    made_.correlation_id = bytes_of(correlation_id_);
    made_.reply_to = bytes_of(reply_to_);
    made_.expiration = bytes_of(expiration_);
    entries_.clear();
    for (const Piece& piece : pieces_) {
        amqp_table_entry_t one{};
        const std::string_view all = text_;
        one.key = bytes_of(all.substr(piece.name, piece.value - piece.name));
        if (piece.is_number) {
            one.value.kind = AMQP_FIELD_KIND_I64;
            one.value.value.i64 = piece.number;
        } else {
            one.value.kind = AMQP_FIELD_KIND_UTF8;
            one.value.value.bytes = bytes_of(all.substr(piece.value, piece.end - piece.value));
        }
        entries_.push_back(one);
    }
    if (!entries_.empty()) made_._flags |= AMQP_BASIC_HEADERS_FLAG;
    made_.headers = {static_cast<int>(entries_.size()), entries_.data()};
    return made_;
}

Properties properties_of(const broker::Message& message) {
    Properties made;
    made.content_type(message.format == FLOWRUN_BODY_BYTES ? bytes : json);
    made.message_id(message.id);
    const bool id_is_there = message.id.size() <= longest_short;
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        if (name == id_header && id_is_there) return;
        made.header(name, name == "flowrun-error" && value.size() > longest_error ? cut_error : value);
    });
    return made;
}

broker::Message message_of(const amqp_basic_properties_t& properties, std::string body) {
    broker::Message message;
    message.body = std::move(body);
    if ((properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) != 0) message.id = view_of(properties.message_id);
    bool ours = false;
    each_header_of(properties, [&](std::string_view name, std::string_view value) {
        ours = broker::set_header(message, name, value) || ours;
    });
    const bool says_json =
        (properties._flags & AMQP_BASIC_CONTENT_TYPE_FLAG) != 0 && view_of(properties.content_type).starts_with(json);
    if (!ours && !says_json) message.format = FLOWRUN_BODY_BYTES;
    return message;
}

void each_header_of(const amqp_basic_properties_t& properties,
                    const std::function<void(std::string_view, std::string_view)>& give) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return;
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& one = properties.headers.entries[i];
        if (one.value.kind == AMQP_FIELD_KIND_UTF8 || one.value.kind == AMQP_FIELD_KIND_BYTES) {
            give(view_of(one.key), view_of(one.value.value.bytes));
        } else if (const auto number = whole_number(one.value)) {
            char digits[24];
            const char* const end = std::to_chars(digits, digits + sizeof digits, *number).ptr;
            give(view_of(one.key), {digits, static_cast<std::size_t>(end - digits)});
        }
    }
}

std::uint64_t deliveries_of(const amqp_basic_properties_t& properties) {
    if ((properties._flags & AMQP_BASIC_HEADERS_FLAG) == 0) return 0;
    for (int i = 0; i < properties.headers.num_entries; ++i) {
        const amqp_table_entry_t& one = properties.headers.entries[i];
        if (view_of(one.key) == "x-delivery-count")
            return static_cast<std::uint64_t>(std::max<std::int64_t>(whole_number(one.value).value_or(0), 0));
    }
    return 0;
}

}  // namespace flowrun::amqp
