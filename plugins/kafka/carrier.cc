#include "carrier.hh"

#include <utility>

namespace flowrun::kafka {
namespace {

using sdk::Status;

Status status_of(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return Status::timeout;
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return Status::invalid;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return Status::permanent;
        default: return Status::unavailable;
    }
}

}  // namespace

void Carrier::send(std::uint64_t name, broker::Errand& errand) {
    producer_.send(std::move(static_cast<Errand&>(errand).letter), [this, name](const Producer::Outcome& outcome) {
        if (outcome.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
            troubled_ = false;
            office_.arrived(name);
        } else {
            office_.fail(name, status_of(outcome.error), outcome.text);
        }
    });
}

void Carrier::turn() {
    producer_.serve();
    const std::string trouble = producer_.take_trouble();
    if (!trouble.empty() && !std::exchange(troubled_, true)) office_.node().log(sdk::Level::warn, trouble);
}

}  // namespace flowrun::kafka
