#include "producer.hh"

#include <array>
#include <charconv>
#include <utility>

#include "broker/session.hh"

namespace flowrun::kafka {
namespace {

// A setting that the URL gives stays.
void prefer(const Conf& conf, const Settings& settings, const char* name, const std::string& value) {
    for (const auto& [given, text] : settings.passed) {
        if (given == name) return;
    }
    set(conf, name, value);
}

Client make(const Settings& settings, const Producer::Manner& manner) {
    Conf conf = conf_of(settings);
    set(conf, "enable.idempotence", "true");
    prefer(conf, settings, "partitioner", "murmur2_random");  // as Kafka's own clients have it
    prefer(conf, settings, "sticky.partitioning.linger.ms", "0");
    prefer(conf, settings, "message.timeout.ms", std::to_string(manner.patience));
    prefer(conf, settings, "linger.ms", std::to_string(manner.linger));
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
    return client_of(Role::producer, std::move(conf));
}

}  // namespace

void tell_of(rd_kafka_queue_t* queue, int descriptor) {
    static constexpr std::uint64_t one = 1;
    rd_kafka_queue_io_event_enable(queue, descriptor, &one, sizeof one);
}

std::size_t largest_message(const Settings& settings) {
    const Conf conf = conf_of(settings);
    char text[32];
    std::size_t size = sizeof text, largest = 0;
    if (rd_kafka_conf_get(conf.get(), "message.max.bytes", text, &size) != RD_KAFKA_CONF_OK) return 1'000'000;
    std::from_chars(text, text + size, largest);
    return largest;
}

Producer::Producer(const Settings& settings, const Manner& manner, int descriptor)
    : client_(make(settings, manner)), events_(rd_kafka_queue_get_main(client_.get())) {
    tell_of(events_.get(), descriptor);
}

// Nobody waits for what is not sent: it is not sent any more.
Producer::~Producer() {
    rd_kafka_queue_io_event_enable(events_.get(), -1, nullptr, 0);
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    while (pending_ > waiting_.size()) {
        const Event event(rd_kafka_queue_poll(events_.get(), 1000));
        if (!event) break;
        std::array<const rd_kafka_message_t*, 256> some;
        for (std::size_t n = 0; (n = rd_kafka_event_message_array(event.get(), some.data(), some.size())) != 0;) {
            for (std::size_t i = 0; i < n; ++i, --pending_) delete static_cast<Answer*>(some[i]->_private);
        }
    }
}

void Producer::send(Letter letter, Answer answer) {
    ++pending_;
    auto kept = std::make_unique<Answer>(std::move(answer));
    if (!waiting_.empty() || !produce(letter, kept)) waiting_.emplace_back(std::move(letter), std::move(kept));
}

// False: there is no room.
bool Producer::produce(Letter& letter, std::unique_ptr<Answer>& answer) {
    std::array<rd_kafka_vu_t, 7> parts{};
    std::size_t count = 0;
    const auto part = [&](rd_kafka_vtype_t type) -> rd_kafka_vu_t& {
        parts[count].vtype = type;
        return parts[count++];
    };
    part(RD_KAFKA_VTYPE_TOPIC).u.cstr = letter.topic.c_str();
    part(RD_KAFKA_VTYPE_PARTITION).u.i32 = letter.partition;
    part(RD_KAFKA_VTYPE_MSGFLAGS).u.i = RD_KAFKA_MSG_F_COPY;
    part(RD_KAFKA_VTYPE_VALUE).u.mem = {letter.body.data(), letter.body.size()};
    if (!letter.key.empty()) part(RD_KAFKA_VTYPE_KEY).u.mem = {letter.key.data(), letter.key.size()};
    part(RD_KAFKA_VTYPE_OPAQUE).u.ptr = answer.get();
    if (letter.headers) part(RD_KAFKA_VTYPE_HEADERS).u.headers = letter.headers.get();
    const ErrorObject error(rd_kafka_produceva(client_.get(), parts.data(), count));
    if (!error) {
        static_cast<void>(
            letter.headers.release());  // librdkafka has them, and the answer until delivered() takes it back
        static_cast<void>(answer.release());
        return true;
    }
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    --pending_;
    const bool large = code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
    (*answer)(
        {code, large ? "it is larger than a message may be (message.max.bytes)" : rd_kafka_error_string(error.get())});
    return true;
}

void Producer::delivered(rd_kafka_event_t* event) {
    std::array<const rd_kafka_message_t*, 256> some;
    for (std::size_t n = 0; (n = rd_kafka_event_message_array(event, some.data(), some.size())) != 0;) {
        for (std::size_t i = 0; i < n; ++i) {
            const std::unique_ptr<Answer> answer(static_cast<Answer*>(some[i]->_private));
            --pending_;
            (*answer)({some[i]->err, some[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : text_of(some[i]->err)});
        }
    }
}

void Producer::serve() {
    while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) {
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_DR) delivered(event.get());
        else if (rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR__FATAL)
            throw broker::Lost{rd_kafka_event_error_string(event.get()), true};
        else if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_ERROR &&
                 !is_passing(rd_kafka_event_error(event.get())))
            trouble_ = rd_kafka_event_error_string(event.get());
    }
    while (!waiting_.empty() && produce(waiting_.front().first, waiting_.front().second)) waiting_.pop_front();
}

}  // namespace flowrun::kafka
