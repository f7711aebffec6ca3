// A durable queue by hand in Kafka, by librdkafka alone: p4_kafka HOST:PORT MESSAGES BATCH. A batch is produced and its delivery
// reported, by an idempotent producer; then it is consumed, by a member of a group, and committed.
#include <librdkafka/rdkafka.h>

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <utility>

#include "p4.hh"

namespace {

using bench::body, bench::die;

rd_kafka_t* client(rd_kafka_type_t type, std::initializer_list<std::pair<const char*, const char*>> settings) {
    char why[512];
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) die(why);
    }
    rd_kafka_t* const made = rd_kafka_new(type, conf, why, sizeof why);
    if (made == nullptr) die(why);
    return made;
}

void must(rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(error));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) die("HOST:PORT MESSAGES BATCH");
    const auto [messages, batch] = bench::numbers(argv + 2);
    rd_kafka_t* const producer =
        client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", argv[1]}, {"enable.idempotence", "true"}, {"linger.ms", "0"}});
    rd_kafka_t* const consumer = client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", argv[1]},
                                                            {"group.id", "bare"},
                                                            {"enable.auto.commit", "false"},
                                                            {"fetch.wait.max.ms", "20"},
                                                            {"auto.offset.reset", "earliest"}});
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t* const topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, "bare", RD_KAFKA_PARTITION_UA);
    const auto produce = [&] {
        must(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC("bare"), RD_KAFKA_V_PARTITION(0),
                               RD_KAFKA_V_VALUE(const_cast<char*>(body.data()), body.size()), RD_KAFKA_V_END));
    };
    const auto consume = [&] {
        for (;;) {
            rd_kafka_message_t* const message = rd_kafka_consumer_poll(consumer, 60'000);
            if (message == nullptr) die("nothing comes");
            const bool good = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
            rd_kafka_message_destroy(message);
            if (good) return;
        }
    };
    produce();
    must(rd_kafka_flush(producer, 10'000));
    must(rd_kafka_subscribe(consumer, topics));
    consume();  // the group has its members now
    const double begin = bench::now();
    for (long done = 0; done < messages; done += batch) {
        for (long i = 0; i < batch; ++i) produce();
        must(rd_kafka_flush(producer, 60'000));
        for (long i = 0; i < batch; ++i) consume();
        must(rd_kafka_commit(consumer, nullptr, 0));
    }
    bench::report(static_cast<double>(messages), bench::now() - begin);
    rd_kafka_topic_partition_list_destroy(topics);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(producer);
}
