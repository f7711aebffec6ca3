#include "reader.hh"

#include "broker/session.hh"

namespace flowrun::kafka {
namespace {

constexpr int step = 250, steps = 40;  // milliseconds, without a message

// The messages of one partition come to the client that it was made with; it is given back when that is over.
class Assigned {
public:
    Assigned(rd_kafka_t* client, const Place& place, std::int64_t from) : client_(client) {
        Partitions list = partitions(1);
        add(list, place, from);
        rd_kafka_assign(client_, list.get());
    }
    ~Assigned() { rd_kafka_assign(client_, nullptr); }
    Assigned(const Assigned&) = delete;
    Assigned& operator=(const Assigned&) = delete;

private:
    rd_kafka_t* const client_;
};

}  // namespace

void read_partition(const Cluster& cluster, const Place& place, std::int64_t from, std::int64_t end,
                    const std::function<bool(const rd_kafka_message_t&)>& give) {
    if (from >= end) return;
    const Assigned assigned(cluster.client(), place, from);
    for (int without = 0; without < steps;) {
        const Message message(rd_kafka_consumer_poll(cluster.client(), step));
        if (!message) {
            ++without;
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        without = 0;
        if (message->offset >= end || !give(*message) || message->offset + 1 >= end) return;
    }
    throw broker::Lost{"nobody answers"};
}

}  // namespace flowrun::kafka
