#include "feed.hh"

#include <flowrun/cxx/queue.hh>

#include <algorithm>
#include <utility>

namespace flowrun::redis {
namespace {

constexpr std::int64_t millisecond = 1'000'000, second = 1'000 * millisecond;
constexpr std::int64_t longest_read = second;
constexpr std::size_t most_at_once = 256;  // answers that a script is given: the server does nothing else meanwhile

// {id, field, value, …}: the value of a field; nothing where there is none.
const redisReply* field_of(const redisReply& fields, std::string_view name) {
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2) {
        if (text_of(*fields.element[i]) == name) return fields.element[i + 1];
    }
    return nullptr;
}

std::string_view text_in(const redisReply& fields, std::string_view name) {
    const redisReply* const found = field_of(fields, name);
    return found == nullptr ? std::string_view() : text_of(*found);
}

void build_fields(sdk::Build& build, const redisReply& fields, std::string_view without) {
    build.map();
    for (std::size_t i = 0; i + 1 < fields.elements; i += 2) {
        const std::string_view name = text_of(*fields.element[i]);
        if (name != without) build.key(name).string(text_of(*fields.element[i + 1]));
    }
    build.end();
}

}  // namespace

Feed::Feed(const Settings& settings, broker::Intake& intake)
    : intake_(intake), settings_(settings), asks_(settings.url), reads_(settings.url) {
    make_group(asks_, settings_.group, settings_.from);
    reader_ = std::to_string(reads_.run({"CLIENT", "ID"})->integer);
}

// That nobody knows of its end is no harm.
Feed::~Feed() {
    if (!stops_ || !settings_.group.is_passing) return;
    try {
        leave(asks_, settings_.group);
    } catch (const broker::Lost&) {
    } catch (const sdk::QueueError&) {}
}

void Feed::turn(std::size_t room) {
    const std::int64_t at = now();
    for (; !held_.empty() && (stops_ || held_.begin()->first <= at); held_.erase(held_.begin())) {
        backs_.push_back(std::move(held_.begin()->second));
        next_look_ = 0;
    }
    say_all();
    if (!held_.empty() && at >= next_renewal_) renew({});
    if (stops_ || reading_ || room == 0) return;
    std::size_t left = room;
    if (at >= next_look_) left -= look(left);
    if (left != 0) read(left);
}

// --- what is given out ---

// What was given out before. How many it has found; those that cannot be taken count as well.
std::size_t Feed::look(std::size_t most) {
    const std::int64_t lease_ms = settings_.lease / millisecond;
    const Reply found = claim(asks_, settings_.group, lease_ms, look_from_, std::min(most, most_at_once));
    if (!is_list(*found) || found->elements != 2 || !is_list(*found->element[1]))
        throw broker::Lost{"an answer that makes no sense"};
    look_from_ = text_of(*found->element[0]);
    const bool whole = look_from_ == "0-0";
    next_look_ = whole ? now() + std::min(settings_.lease / 2, longest_read) : 0;
    const redisReply& entries = *found->element[1];
    for (std::size_t i = 0; i < entries.elements; ++i) {
        const redisReply& entry = *entries.element[i];
        if (!is_list(entry) || entry.elements != 3 || !is_list(*entry.element[2])) continue;
        take(text_of(*entry.element[0]), static_cast<std::uint64_t>(entry.element[1]->integer), *entry.element[2]);
    }
    return std::min(most, entries.elements);
}

// What is new, or nothing until it is time to look again.
void Feed::read(std::size_t most) {
    std::int64_t until = next_look_;
    if (!held_.empty()) until = std::min(until, held_.begin()->first);
    const std::int64_t left = std::clamp(until - now(), millisecond, longest_read) / millisecond;
    const std::string block = std::to_string(left), count = std::to_string(most);
    const Group& group = settings_.group;
    reads_.add({"XREADGROUP", "GROUP", group.name, group.consumer, "COUNT", count, "BLOCK", block, "STREAMS",
                group.stream, ">"});
    reads_.flush();
    reading_ = true;
}

// {{stream, {{id, {field, value, …}}, …}}}, or nothing.
void Feed::read_reply() {
    const Reply reply = reads_.read_good();
    reading_ = false;
    const redisReply& streams = *reply;
    if (!is_list(streams) || streams.elements != 1 || streams.element[0]->elements != 2) return;
    const redisReply& entries = *streams.element[0]->element[1];
    for (std::size_t i = 0; i < entries.elements; ++i) {
        const redisReply& entry = *entries.element[i];
        if (!is_list(entry) || entry.elements != 2 || !is_list(*entry.element[1])) continue;
        const std::string_view id = text_of(*entry.element[0]);
        if (stops_) backs_.push_back({std::string(id), 1});
        else take(id, 1, *entry.element[1]);
    }
    say_all();
}

void Feed::take(std::string_view id, std::uint64_t count, const redisReply& fields) {
    broker::Arrival arrival;
    arrival.handle = {std::string(id), count};
    arrival.deliveries = count;
    if (count > settings_.deliveries) {
        intake_.node().log(sdk::Level::error, "poison: " + std::string(id) + " was given out " + std::to_string(count) +
                                                  " times, and is not tried again");
        return rejects_.push_back(std::move(arrival.handle));
    }
    arrival.traceparent = text_in(fields, "traceparent");
    const redisReply* const body = field_of(fields, "body");
    const std::string_view text = body == nullptr ? std::string_view() : text_of(*body);
    intake_.take(std::move(arrival), text, [&](sdk::Build& build) {
        build.map();
        if (body == nullptr) build_fields(build.key("body"), fields, {});
        else broker::build_content(build, {text, text_in(fields, "content-type")}, settings_.reading);
        build_fields(build.key("headers"), body == nullptr ? redisReply{} : fields, "body");
        build.key("id").string(id).key("deliveries").unsigned_integer(count).end();
    });
}

// --- what is said of it ---

void Feed::settle(const broker::Handle& handle, broker::Answer answer, std::int64_t delay) {
    switch (answer) {
        case broker::Answer::ack: return acks_.push_back(handle);
        case broker::Answer::reject: return rejects_.push_back(handle);
        case broker::Answer::requeue: held_.emplace(delay == 0 ? 0 : now() + delay, handle);
    }
}

void Feed::renew(const std::vector<broker::Handle>& handles) {
    std::vector<broker::Handle> all = handles;
    for (const auto& [due, handle] : held_) all.push_back(handle);
    next_renewal_ = now() + settings_.lease / 3;
    say(Deed::renew, all);
}

bool Feed::nothing_to_say() const { return acks_.empty() && rejects_.empty() && backs_.empty() && held_.empty(); }

void Feed::say_all() {
    say(Deed::ack, acks_);
    say(Deed::reject, rejects_);
    say(Deed::back, backs_);
}

void Feed::say(Deed deed, std::vector<broker::Handle>& handles) {
    std::size_t asked = 0, held = 0;
    const std::size_t all = handles.size();
    for (std::size_t i = 0; i < all; i += most_at_once, ++asked) {
        const auto first = handles.begin() + static_cast<std::ptrdiff_t>(i);
        const auto last = handles.begin() + static_cast<std::ptrdiff_t>(std::min(all, i + most_at_once));
        add_deed(asks_, settings_.group, deed, {first, last});
    }
    for (; asked != 0; --asked) {
        const Reply reply = asks_.read_good();
        for (std::size_t i = 0; i < reply->elements; ++i) held += reply->element[i]->integer == 1 ? 1 : 0;
    }
    handles.clear();
    if (held < all && deed != Deed::renew)
        intake_.node().log(sdk::Level::warn,
                           "answers that came too late, since another has the message: " + std::to_string(all - held));
}

// --- its life ---

void Feed::stop() {
    stops_ = true;
    if (reading_) static_cast<void>(asks_.run({"CLIENT", "UNBLOCK", reader_}));
}

void Feed::wait_for(std::vector<pollfd>& fds) {
    fds.push_back({asks_.descriptor(), POLLIN, 0});
    fds.push_back({reads_.descriptor(), POLLIN, 0});
}

// The first connection has no reply outstanding, nor has the second unless it reads: what comes there is its end.
void Feed::ready(const std::vector<pollfd>& fds) {
    if (fds[0].revents != 0) asks_.read();
    if (fds[1].revents == 0) return;
    if (!reading_) reads_.read();
    else read_reply();
}

std::int64_t Feed::patience() const {
    if (!acks_.empty() || !rejects_.empty() || !backs_.empty()) return 0;
    if (held_.empty()) return never;
    return std::max<std::int64_t>(std::min(held_.begin()->first, next_renewal_) - now(), 0);
}

}  // namespace flowrun::redis
