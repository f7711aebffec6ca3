#pragma once
// What is written to topics: by an idempotent producer, so that librdkafka may send a message again without its lying there twice.
// Each is answered once the cluster holds it, or will not.
//
// Used by one thread. Not promised: an answer after it is destroyed; what has none then may lie there or not.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "api.hh"
#include "settings.hh"

namespace flowrun::kafka {

class Producer {
public:
    struct Outcome {
        rd_kafka_resp_err_t error;
        std::string text;  // of an error
    };
    using Answer = std::function<void(const Outcome&)>;
    static constexpr std::int32_t any = RD_KAFKA_PARTITION_UA;  // by its key; without one, some partition

    struct Manner {
        std::int64_t patience = 0;  // milliseconds until a message has failed that the cluster does not take; 0: never
        std::int64_t linger = 0;    // milliseconds for which a message waits for others to go with it
    };
    // `descriptor`, an eventfd, is written to when there is something for serve().
    Producer(const Settings& settings, const Manner& manner, int descriptor);
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    struct Letter {
        std::string topic;
        std::int32_t partition = any;
        std::string key, body;  // no key where it is empty
        Headers headers;
    };
    void send(Letter letter, Answer answer);
    // Throws broker::Lost where it can send nothing any more.
    void serve();
    std::size_t pending() const { return pending_; }
    // What librdkafka has said since it was last asked: empty, nothing.
    std::string take_trouble() { return std::exchange(trouble_, {}); }
    rd_kafka_t* handle() const { return client_.get(); }

private:
    bool produce(Letter& letter, std::unique_ptr<Answer>& answer);
    void delivered(rd_kafka_event_t* event);

    Client client_;
    EventQueue events_;
    std::deque<std::pair<Letter, std::unique_ptr<Answer>>> waiting_;  // for room in librdkafka's queue
    std::size_t pending_ = 0;
    std::string trouble_;
};

// How large a message may be there, with its headers.
std::size_t largest_message(const Settings& settings);

// An eventfd is written to when there is something in the queue.
void tell_of(rd_kafka_queue_t* queue, int descriptor);

}  // namespace flowrun::kafka
