#include "cluster.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "broker/session.hh"

namespace flowrun::kafka {
namespace {

constexpr int patience = 5'000, step = 250;  // milliseconds

using Topic = Owned<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using Metadata = Owned<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using NewTopic = Owned<rd_kafka_NewTopic_t, rd_kafka_NewTopic_destroy>;
using Options = Owned<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;

[[noreturn]] void fail(rd_kafka_resp_err_t error, const std::string& what) {
    const std::string text = what + ": " + text_of(error);
    switch (error) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID: throw sdk::QueueError{FLOWRUN_E_INVALID, text};
        default:
            throw broker::Lost{text, error != RD_KAFKA_RESP_ERR__TRANSPORT && error != RD_KAFKA_RESP_ERR__TIMED_OUT};
    }
}

// Why nobody answers: what the client has told meanwhile. Throws where it is hopeless.
std::string trouble_of(rd_kafka_t* client) {
    const EventQueue events(rd_kafka_queue_get_main(client));
    std::string text;
    while (const Event event{rd_kafka_queue_poll(events.get(), 0)}) {
        if (rd_kafka_event_type(event.get()) != RD_KAFKA_EVENT_ERROR) continue;
        const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
        if (error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL)
            throw sdk::QueueError{FLOWRUN_E_INVALID, rd_kafka_event_error_string(event.get())};
        if (text.empty() || error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
            text = rd_kafka_event_error_string(event.get());
    }
    return text;
}

Metadata metadata_of(rd_kafka_t* client, rd_kafka_topic_t* topic) {
    std::string why;
    for (int waited = 0;; waited += step) {
        const rd_kafka_metadata_t* made = nullptr;
        const rd_kafka_resp_err_t error = rd_kafka_metadata(client, topic == nullptr ? 1 : 0, topic, &made, step);
        if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return Metadata(made);
        if (error != RD_KAFKA_RESP_ERR__TRANSPORT && error != RD_KAFKA_RESP_ERR__TIMED_OUT)
            fail(error, "the cluster's topics");
        if (std::string told = trouble_of(client); !told.empty()) why = std::move(told);
        if (!why.empty() || waited >= patience) throw broker::Lost{why.empty() ? "nobody answers" : why};
    }
}

void ask_for_offsets(rd_kafka_t* client, const Partitions& list, const char* what) {
    const rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(client, list.get(), patience);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(error, what);
    for (int i = 0; i < list->cnt; ++i) {
        if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(list->elems[i].err, what);
    }
}

Client clerk(const Settings& settings, const std::string& group) {
    Conf conf = conf_of(settings);
    set(conf, "group.id", group);
    set(conf, "allow.auto.create.topics", "false");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "earliest");
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_ERROR);
    return client_of(Role::consumer, std::move(conf));
}

}  // namespace

Cluster::Cluster(const Settings& settings, const std::string& group)
    : own_(clerk(settings, group)), client_(own_.get()) {}

std::int32_t Cluster::partitions_of(const std::string& name) const {
    const Topic topic(rd_kafka_topic_new(client_, name.c_str(), nullptr));
    for (int waited = 0;; waited += step) {
        const Metadata metadata = metadata_of(client_, topic.get());
        if (metadata->topic_cnt != 1) return 0;
        const rd_kafka_metadata_topic_t& found = metadata->topics[0];
        if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return 0;
        if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR && found.partition_cnt > 0) return found.partition_cnt;
        if (found.err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE || waited >= patience)
            fail(found.err, "the topic " + name);
        static_cast<void>(::poll(nullptr, 0, step));
    }
}

std::vector<std::string> Cluster::topics() const {
    const Metadata metadata = metadata_of(client_, nullptr);
    std::vector<std::string> names;
    for (int i = 0; i < metadata->topic_cnt; ++i) names.emplace_back(metadata->topics[i].topic);
    std::sort(names.begin(), names.end());
    return names;
}

// A cluster that cannot be asked to make one (before 0.10.1) makes it when a producer asks for it, if it is set up so.
void Cluster::make_topic(const Settings& settings, const std::string& name, std::int32_t count, bool kept) const {
    if (partitions_of(name) != 0) return;
    const int replicas = static_cast<int>(settings.replicas);
    char why[512];
    const NewTopic topic(rd_kafka_NewTopic_new(name.c_str(), count, replicas, why, sizeof why));
    if (!topic) throw sdk::QueueError{FLOWRUN_E_INVALID, why};
    if (kept) rd_kafka_NewTopic_set_config(topic.get(), "retention.ms", "-1");
    const EventQueue answers(rd_kafka_queue_new(client_));
    const Options options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    rd_kafka_AdminOptions_set_operation_timeout(options.get(), patience, why, sizeof why);
    rd_kafka_NewTopic_t* one = topic.get();
    rd_kafka_CreateTopics(client_, &one, 1, options.get(), answers.get());
    const Event event(rd_kafka_queue_poll(answers.get(), 2 * patience));
    if (!event) fail(RD_KAFKA_RESP_ERR__TIMED_OUT, "the topic " + name + " cannot be made");
    rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
    if (const auto* result = rd_kafka_event_CreateTopics_result(event.get());
        result != nullptr && error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        std::size_t n = 0;
        const rd_kafka_topic_result_t** const made = rd_kafka_CreateTopics_result_topics(result, &n);
        if (n != 0) error = rd_kafka_topic_result_error(made[0]);
    }
    if (error == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE) {
        const Client asking = client_of(Role::producer, conf_of(settings));
        if (Cluster(asking.get()).partitions_of(name) != 0) return;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        fail(error, "the topic " + name + " cannot be made");
}

std::int64_t Progress::waiting() const {
    const std::int64_t all = high - from();
    return std::max<std::int64_t>(0, all - std::min(all, offsets().ahead()));
}

std::vector<Progress> Cluster::progress(const std::vector<Place>& places) const {
    const auto list = [&](std::int64_t offset) {
        Partitions made = partitions(static_cast<int>(places.size()));
        for (const Place& place : places) add(made, place, offset);
        return made;
    };
    const Partitions base = list(RD_KAFKA_OFFSET_INVALID), low = list(RD_KAFKA_OFFSET_BEGINNING),
                     high = list(RD_KAFKA_OFFSET_END);
    if (places.empty()) return {};
    const rd_kafka_resp_err_t error = rd_kafka_committed(client_, base.get(), patience);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(error, "how far the group has come");
    ask_for_offsets(client_, low, "where the topic begins");
    ask_for_offsets(client_, high, "where the topic ends");
    std::vector<Progress> all;
    for (std::size_t i = 0; i < places.size(); ++i) {
        const rd_kafka_topic_partition_t& committed = base->elems[i];
        if (committed.err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(committed.err, "how far the group has come");
        all.push_back({places[i], low->elems[i].offset, high->elems[i].offset,
                       std::max<std::int64_t>(committed.offset, -1),
                       std::string(view_of(committed.metadata, committed.metadata_size))});
    }
    return all;
}

std::vector<Progress> Cluster::progress_in(const std::vector<std::string>& topics) const {
    std::vector<Place> places;
    for (const std::string& topic : topics) {
        const std::int32_t count = partitions_of(topic);
        for (std::int32_t i = 0; i < count; ++i) places.push_back({topic, i});
    }
    return progress(places);
}

Partitions list_of(const std::vector<std::pair<Place, Offsets::Commit>>& commits) {
    Partitions list = partitions(static_cast<int>(commits.size()));
    for (const auto& [place, commit] : commits) {
        rd_kafka_topic_partition_t& one = add(list, place, commit.base);
        one.metadata = std::malloc(commit.note.size() + 1);  // librdkafka frees it
        if (one.metadata == nullptr) throw std::bad_alloc();
        std::memcpy(one.metadata, commit.note.c_str(), commit.note.size() + 1);
        one.metadata_size = commit.note.size();
    }
    return list;
}

void Cluster::commit(const std::vector<std::pair<Place, Offsets::Commit>>& commits) const {
    if (commits.empty()) return;
    const Partitions list = list_of(commits);
    const rd_kafka_resp_err_t error = rd_kafka_commit(client_, list.get(), 0);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) fail(error, "what is gone cannot be noted");
}

}  // namespace flowrun::kafka
