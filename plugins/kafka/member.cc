#include "member.hh"

#include <flowrun/cxx/queue.hh>

#include <poll.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "broker/session.hh"
#include "producer.hh"

namespace flowrun::kafka {
namespace {

constexpr std::int64_t millisecond = 1'000'000, pause_before_a_commit = 100 * millisecond;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
constexpr int steps_to_leave = 60;  // of 50 ms
constexpr std::size_t least_room = 100;

Client make(const Settings& settings, const std::string& group, std::int64_t lease) {
    Conf conf = conf_of(settings);
    const auto prefer = [&](const char* name, const std::string& value) {
        const auto is_it = [&](const auto& passed) { return passed.first == name; };
        if (std::none_of(settings.passed.begin(), settings.passed.end(), is_it)) set(conf, name, value);
    };
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    set(conf, "auto.offset.reset", "earliest");
    // All partitions come and go at a time: where they do not, a commit that is on its way while the group changes makes
    // librdkafka give up all it has.
    set(conf, "partition.assignment.strategy", "range");
    prefer("session.timeout.ms", std::to_string(lease / millisecond));
    prefer("max.poll.interval.ms", std::to_string(std::max<std::int64_t>(300'000, lease / millisecond)));
    prefer("queued.min.messages", std::to_string(settings.prefetch));
    prefer("queued.max.messages.kbytes", "16384");
    rd_kafka_conf_set_events(conf.get(),
                             RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_OFFSET_COMMIT);
    return client_of(Role::consumer, std::move(conf));
}

void must(const rd_kafka_resp_err_t error, const char* what) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw broker::Lost{std::string(what) + ": " + text_of(error), true};
}
void must(rd_kafka_error_t* made, const char* what) {
    const ErrorObject error(made);
    if (error) throw broker::Lost{std::string(what) + ": " + rd_kafka_error_string(error.get()), true};
}

// The commit was of a member that the group does not know any more.
bool is_out(rd_kafka_resp_err_t error) {
    return error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
           error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
}

}  // namespace

Member::Member(const Settings& settings, const Manner& manner, int descriptor, Watch watch)
    : watch_(std::move(watch)), manner_(manner), client_(make(settings, manner.group, manner.lease)),
      cluster_(client_.get()), events_(rd_kafka_queue_get_consumer(client_.get())),
      messages_(rd_kafka_queue_new(client_.get())), commits_(rd_kafka_queue_new(client_.get())) {
    rd_kafka_poll_set_consumer(client_.get());
    for (rd_kafka_queue_t* queue : {events_.get(), messages_.get(), commits_.get()}) tell_of(queue, descriptor);
}

Member::~Member() {
    for (rd_kafka_queue_t* queue : {events_.get(), messages_.get(), commits_.get()})
        rd_kafka_queue_io_event_enable(queue, -1, nullptr, 0);
}

void Member::join(const std::vector<std::string>& topics) {
    const Partitions list = partitions(static_cast<int>(topics.size()));
    for (const std::string& topic : topics)
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    must(rd_kafka_subscribe(client_.get(), list.get()), "the group cannot be joined");
    joined_ = true;
}

// --- what happens ---

void Member::serve(std::int64_t now) {
    while (const Event event{rd_kafka_queue_poll(events_.get(), 0)}) {
        switch (rd_kafka_event_type(event.get())) {
            case RD_KAFKA_EVENT_REBALANCE: rebalance(event.get(), now); break;
            case RD_KAFKA_EVENT_ERROR: {
                const rd_kafka_resp_err_t error = rd_kafka_event_error(event.get());
                const std::string text = rd_kafka_event_error_string(event.get());
                if (error == RD_KAFKA_RESP_ERR__FATAL) throw broker::Lost{text, true};
                if (error == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
                    error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
                    throw sdk::QueueError{FLOWRUN_E_INVALID, text};
                if (!is_passing(error)) watch_.notice(text);
                break;
            }
            default: break;
        }
    }
    serve_commits(now);
    if (revoked_) let_go(now, false);
}

void Member::rebalance(rd_kafka_event_t* event, std::int64_t now) {
    const rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event);
    switch (rd_kafka_event_error(event)) {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            if (list != nullptr) adopt(*list);
            break;
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS: {
            revoked_ = true;
            for (const auto& [place, lane] : lanes_) {
                lane->leaves = true;
                watch_.leaves(*lane);
            }
            let_go_by_ = now + manner_.handover;
            let_go(now, rd_kafka_assignment_lost(client_.get()) != 0);
            break;
        }
        default: must(rd_kafka_assign(client_.get(), nullptr), "the group"); break;
    }
}

// Their messages come by a queue of their own, so that they can wait there while what the group says is heard.
void Member::adopt(const rd_kafka_topic_partition_list_t& list) {
    std::vector<Place> places;
    for (int i = 0; i < list.cnt; ++i) places.push_back(place_of(list.elems[i]));
    const Partitions assigned = partitions(list.cnt);
    for (const Progress& one : cluster_.progress(places)) {
        const EventQueue queue(
            rd_kafka_queue_get_partition(client_.get(), one.place.topic.c_str(), one.place.partition));
        if (queue) rd_kafka_queue_forward(queue.get(), messages_.get());
        if (one.base >= 0 && one.base < one.low) {
            watch_.notice("up to " + std::to_string(one.low - one.base) + " messages that waited in " +
                          one.place.topic + " are gone: they grew older or more than the topic keeps (retention)");
        }
        const bool at_end = manner_.from_end && one.base < 0;
        rd_kafka_topic_partition_list_add(assigned.get(), one.place.topic.c_str(), one.place.partition)->offset =
            at_end ? one.high : one.from();
        lanes_[one.place] = std::make_unique<Lane>(one.place, at_end ? Offsets(one.high, {}) : one.offsets());
    }
    must(rd_kafka_assign(client_.get(), assigned.get()), "the partitions");
}

// Once nothing is out of them any more, and that is committed.
void Member::let_go(std::int64_t now, bool at_once) {
    if (!at_once) {
        if (!sent_.empty()) return;
        const bool out =
            std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.second->out != 0; });
        if (out && now < let_go_by_) return;
        if (commit_again_ <= now && send_commit(true)) return;
        if (commit_again_ > now && now < let_go_by_) return;
    }
    revoked_ = false;
    while (!lanes_.empty()) drop(lanes_.begin()->first);
    must(rd_kafka_assign(client_.get(), nullptr), "the partitions");
}

void Member::drop(const Place& place) {
    const auto lane = lanes_.find(place);
    if (lane == lanes_.end()) return;
    watch_.goes(*lane->second);
    sent_.erase(place);
    lanes_.erase(lane);
}

// --- messages ---

std::vector<Message> Member::read(std::size_t most) {
    std::vector<rd_kafka_message_t*> some(std::min<std::size_t>(most, 1024));
    const ssize_t n = rd_kafka_consume_batch_queue(messages_.get(), 0, some.data(), some.size());
    std::vector<Message> all;
    for (ssize_t i = 0; i < n; ++i) {
        Message one(some[static_cast<std::size_t>(i)]);
        if (one->err == RD_KAFKA_RESP_ERR_NO_ERROR) all.push_back(std::move(one));
        else watch_.notice(rd_kafka_message_errstr(one.get()));
    }
    return all;
}

Lane* Member::find(const Place& place) {
    const auto lane = lanes_.find(place);
    return lane == lanes_.end() ? nullptr : lane->second.get();
}

Lane* Member::find(const rd_kafka_message_t& message) {
    return find(Place{rd_kafka_topic_name(message.rkt), message.partition});
}

// --- commits ---

void Member::commit(std::int64_t now) {
    if (sent_.empty() && commit_again_ <= now) send_commit(false);
}

// `last`: of the partitions that leave, for the last time.
bool Member::send_commit(bool last) {
    std::vector<std::pair<Place, Offsets::Commit>> all;
    for (const auto& [place, lane] : lanes_) {
        const bool news = lane->offsets.changed() || (last && lane->offsets.promises());
        if (lane->leaves != last || !news) continue;
        const auto& sent = sent_[place] = lane->offsets.commit(last, room_);
        all.emplace_back(place, sent);
    }
    if (all.empty()) return false;
    const Partitions list = list_of(all);
    must(rd_kafka_commit_queue(client_.get(), list.get(), commits_.get(), nullptr, nullptr), "a commit");
    return true;
}

void Member::serve_commits(std::int64_t now) {
    while (const Event event{rd_kafka_queue_poll(commits_.get(), 0)}) {
        if (rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT) committed(event.get(), now);
    }
}

void Member::committed(rd_kafka_event_t* event, std::int64_t now) {
    const rd_kafka_topic_partition_list_t* const list = rd_kafka_event_topic_partition_list(event);
    const rd_kafka_resp_err_t error = rd_kafka_event_error(event);
    const auto sent = std::exchange(sent_, {});
    for (const auto& [place, commit] : sent) {
        Lane* const lane = find(place);
        if (lane == nullptr) continue;
        const rd_kafka_topic_partition_t* const said =
            list == nullptr ? nullptr
                            : rd_kafka_topic_partition_list_find(const_cast<rd_kafka_topic_partition_list_t*>(list),
                                                                 place.topic.c_str(), place.partition);
        const rd_kafka_resp_err_t its = said != nullptr && said->err != RD_KAFKA_RESP_ERR_NO_ERROR ? said->err : error;
        if (its == RD_KAFKA_RESP_ERR_NO_ERROR) {
            lane->offsets.committed(commit);
            watch_.committed(*lane, commit);
            continue;
        }
        lane->offsets.failed();
        commit_again_ = now + pause_before_a_commit;
        if (its == RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE) room_ = std::max(room_ / 2, least_room);
        if (is_out(its) && revoked_) let_go_by_ = now;
    }
}

std::int64_t Member::due() const {
    std::int64_t at = revoked_ ? let_go_by_ : never;
    const bool waits =
        std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.second->offsets.changed(); });
    if (commit_again_ != 0 && waits && sent_.empty()) at = std::min(at, commit_again_);
    return at;
}

bool Member::is_quiet() const {
    return sent_.empty() &&
           std::none_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.second->offsets.changed(); });
}

// --- the end ---

void Member::leave() {
    if (!joined_) return;
    for (const auto& [place, lane] : lanes_) lane->leaves = true;
    int left = steps_to_leave;
    const auto serve_for = [&](const auto& done) {
        for (; left > 0 && !done(); --left) {
            const Event event(rd_kafka_queue_poll(commits_.get(), 50));
            if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_OFFSET_COMMIT) committed(event.get(), 0);
        }
    };
    serve_for([&] { return sent_.empty(); });
    if (send_commit(true)) serve_for([&] { return sent_.empty(); });
    if (revoked_) rd_kafka_assign(client_.get(), nullptr);
    must(rd_kafka_consumer_close_queue(client_.get(), commits_.get()), "the group cannot be left");
    for (left = std::max(left, 20); left > 0 && rd_kafka_consumer_closed(client_.get()) == 0; --left) {
        const Event event(rd_kafka_queue_poll(commits_.get(), 50));
        if (event && rd_kafka_event_type(event.get()) == RD_KAFKA_EVENT_REBALANCE)
            rd_kafka_assign(client_.get(), nullptr);
    }
}

}  // namespace flowrun::kafka
