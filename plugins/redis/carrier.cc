#include "carrier.hh"

#include <algorithm>
#include <memory>
#include <utility>

namespace flowrun::redis {

using sdk::Status;

void Carrier::send(std::uint64_t name, broker::Errand& errand) {
    auto& command = static_cast<Command&>(errand);
    if (command.not_before <= now()) return add(name, command.words);
    delayed_.emplace(command.not_before, Delayed{name, std::move(command.words)});
}

void Carrier::add(std::uint64_t name, const std::vector<std::string>& words) {
    connection_.add({words.begin(), words.end()});
    sent_.push_back(name);
    unflushed_ = true;
}

void Carrier::turn() {
    for (; !delayed_.empty() && delayed_.begin()->first <= now(); delayed_.erase(delayed_.begin()))
        add(delayed_.begin()->second.name, delayed_.begin()->second.words);
    if (std::exchange(unflushed_, false)) connection_.flush();
}

void Carrier::ready(const std::vector<pollfd>&) {
    connection_.read_some();
    heard_ = now();
    while (const Reply reply = connection_.next()) {
        if (sent_.empty()) throw broker::Lost{"an answer to nothing that was asked"};
        const std::uint64_t name = sent_.front();
        sent_.pop_front();
        hear(name, *reply);
    }
}

// One of a wrong kind stays wrong; what only this server cannot do now may be tried again.
void Carrier::hear(std::uint64_t name, const redisReply& reply) {
    if (is_error(reply)) {
        const std::string_view text = text_of(reply);
        return office_.fail(name, is_passing(text) ? Status::unavailable : Status::permanent, std::string(text));
    }
    if (const std::unique_ptr<broker::Errand> errand = office_.release(name))
        static_cast<Command&>(*errand).hear(reply);
}

// A server of which nothing was heard since is taken for dead.
void Carrier::overdue(std::uint64_t, std::int64_t since) {
    if (!sent_.empty() && heard_ < since) throw broker::Lost{"the server does not answer"};
}

std::int64_t Carrier::patience() const {
    return delayed_.empty() ? broker::Session::never : std::max<std::int64_t>(delayed_.begin()->first - now(), 0);
}

}  // namespace flowrun::redis
