#include "letter.hh"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <new>
#include <vector>

#include "broker/base64.hh"
#include "broker/session.hh"

namespace flowrun::nats {
namespace {

constexpr const char* id_header = "Nats-Msg-Id";

bool is_plain(std::string_view value) {
    for (const char c : value) {
        if (static_cast<unsigned char>(c) < 0x20U || c == '\x7F' || c == '%') return false;
    }
    return value.empty() || (value.front() != ' ' && value.back() != ' ');
}

std::string encoded(std::string_view value) {
    if (is_plain(value)) return std::string(value);
    constexpr char digits[] = "0123456789ABCDEF";
    std::string made;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20U && c != '\x7F' && c != '%') made += c;
        else ((made += '%') += digits[byte >> 4U]) += digits[byte & 0xFU];
    }
    return made;
}

std::string decoded(std::string_view value) {
    std::string made;
    for (std::size_t i = 0; i < value.size(); ++i) {
        unsigned byte = 0;
        const char* const from = value.data() + i + 1;
        if (value[i] == '%' && i + 2 < value.size() && std::from_chars(from, from + 2, byte, 16).ptr == from + 2) {
            made += static_cast<char>(byte);
            i += 2;
        } else {
            made += value[i];
        }
    }
    return made;
}

void must(natsStatus status) {
    if (status == NATS_NO_MEMORY) throw std::bad_alloc();
    if (status != NATS_OK) throw broker::Lost{natsStatus_GetText(status)};
}

// One by one; the id that JetStream knows it by counts where no other is there.
class Reading {
public:
    void header(std::string_view name, std::string_view value) {
        if (name == id_header) once_ = value;
        else broker::set_header(message_, name, decoded(value));
    }
    broker::Message end(std::string_view body, std::uint64_t sequence, std::string_view stream) {
        message_.body = body;
        message_.number = sequence;
        if (message_.id.empty()) message_.id = decoded(once_);
        if (message_.id.empty()) message_.id = id_of(stream, sequence);
        return std::move(message_);
    }

private:
    broker::Message message_;
    std::string once_;
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find('.');
        parts.push_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

std::string id_of(std::string_view stream, std::uint64_t sequence) {
    return std::string(stream) + "/" + std::to_string(sequence);
}

Msg letter(const std::string& subject, const std::string& reply, const broker::Message& message,
           std::string_view once) {
    natsMsg* made = nullptr;
    must(natsMsg_Create(&made, subject.c_str(), reply.empty() ? nullptr : reply.c_str(), message.body.data(),
                        static_cast<int>(message.body.size())));
    Msg msg(made);
    const std::string known_by = encoded(once);
    if (!known_by.empty()) must(natsMsgHeader_Set(made, id_header, known_by.c_str()));
    broker::each_header(message, [&](std::string_view name, std::string_view value) {
        if (name == "flowrun-id" && value == once) return;
        must(natsMsgHeader_Set(made, std::string(name).c_str(), encoded(value).c_str()));
    });
    return msg;
}

broker::Message message_of(const Msg& msg) {
    Reading reading;
    const char** names = nullptr;
    int count = 0;
    if (natsMsgHeader_Keys(msg.get(), &names, &count) == NATS_OK) {
        for (int i = 0; i < count; ++i) reading.header(names[i], header_of(msg, names[i]));
        std::free(static_cast<void*>(names));
    }
    const Delivery delivery = delivery_of(reply_of(msg));
    broker::Message made = reading.end(body_of(msg), delivery.sequence, subject_of(msg));
    if (made.accepted == 0) made.accepted = delivery.time;
    return made;
}

broker::Message message_of(const broker::Json& stored) {
    Reading reading;
    const std::string headers = broker::from_base64(stored["hdrs"].text()).value_or("");
    for (std::string_view rest = headers; !rest.empty();) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t colon = line.find(':');
        if (colon != line.npos) reading.header(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
    return reading.end(broker::from_base64(stored["data"].text()).value_or(""), stored["seq"].count(),
                       stored["subject"].text());
}

// "$JS.ACK.STREAM.CONSUMER.COUNT.SEQUENCE.DELIVERY.TIME.PENDING", and with domain and account before STREAM and a token more
// at the end.
Delivery delivery_of(std::string_view reply) {
    const auto parts = split(reply);
    if (parts.size() < 9 || parts[0] != "$JS" || parts[1] != "ACK") return {};
    const std::size_t at = parts.size() == 9 ? 4 : 6;
    if (parts.size() < at + 5) return {};
    return {number(parts[at + 1]), number(parts[at]), static_cast<std::int64_t>(number(parts[at + 3])),
            number(parts[at + 4])};
}

}  // namespace flowrun::nats
