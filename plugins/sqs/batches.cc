#include "batches.hh"

#include <algorithm>
#include <charconv>
#include <memory>
#include <utility>

namespace flowrun::sqs {
namespace {

constexpr std::int64_t first_pause = 100'000'000, longest_pause = 5'000'000'000;
constexpr unsigned most_tries = 8;

std::string text_of(const std::string& code, const std::string& message) {
    return message.empty() ? code : code + ": " + message;
}

// Whose queue it is, or who asks, is wrong: no single message.
bool is_about_all(const Reply& reply) {
    return reply.error == "QueueDoesNotExist" || reply.error.starts_with("HTTP 5") || reply.error == "HTTP 401" ||
           reply.error == "HTTP 403" || reply.error == "no JSON" || reply.error.find("Access") != reply.error.npos ||
           reply.error.find("Token") != reply.error.npos || reply.error.find("Signature") != reply.error.npos;
}

std::size_t place_of(const broker::Json& entry) {
    const std::string& id = entry["Id"].text();
    std::size_t place = Batches::most;
    std::from_chars(id.data(), id.data() + id.size(), place);
    return place;
}

}  // namespace

void Batches::add(Entry entry, Done done) { waiting_.push_back({std::move(entry), std::move(done)}); }

void Batches::flush() {
    while (!waiting_.empty() && under_way_ < at_once_) {
        All all;
        std::size_t size = 0;
        while (!waiting_.empty() && all.size() < most &&
               (all.empty() || size + waiting_.front().entry.size <= bytes_)) {
            size += waiting_.front().entry.size;
            all.push_back(std::move(waiting_.front()));
            waiting_.pop_front();
        }
        send(std::move(all), 0);
    }
}

void Batches::send(All all, std::int64_t delay) {
    std::string body = R"({"QueueUrl":)" + broker::json_text(queue_) + R"(,"Entries":[)";
    for (std::size_t i = 0; i < all.size(); ++i) {
        ((body += i == 0 ? R"({"Id":")" : R"(,{"Id":")") += std::to_string(i)) += "\",";
        (body += all[i].entry.text) += '}';
    }
    body += "]}";
    ++under_way_;
    auto own = std::make_shared<All>(std::move(all));
    service_.call(
        action_, std::move(body), [this, own](Reply&& reply) { answered(std::move(*own), std::move(reply)); },
        Service::usual, delay);
}

void Batches::answered(All all, Reply&& reply) {
    --under_way_;
    if (!reply.ok() && is_about_all(reply)) must(reply);
    const Outcome as_one{false, !reply.ok() && all.size() == 1, text_of(reply.error, reply.text), reply.error};
    std::vector<char> known(all.size());
    for (const broker::Json& entry : reply.json["Failed"].items()) {
        const std::size_t i = place_of(entry);
        if (i >= all.size() || std::exchange(known[i], 1) != 0) continue;
        const std::string& code = entry["Code"].text();
        const Outcome why{false, entry["SenderFault"].is_true(), text_of(code, entry["Message"].text()), code};
        if (why.ours) all[i].done(why);
        else again(std::move(all[i]), why);
    }
    for (const broker::Json& entry : reply.json["Successful"].items()) {
        const std::size_t i = place_of(entry);
        if (i < all.size() && std::exchange(known[i], 1) == 0) all[i].done({});
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (known[i] != 0) continue;
        if (as_one.ours) all[i].done(as_one);
        else again(std::move(all[i]), as_one);
    }
    flush();
}

void Batches::again(One one, const Outcome& why) {
    if (++one.tries >= most_tries) return one.done(why);
    const std::int64_t pause = std::min(first_pause << one.tries, longest_pause);
    All alone;
    alone.push_back(std::move(one));
    send(std::move(alone), pause);
}

}  // namespace flowrun::sqs
