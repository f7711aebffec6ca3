#include "carrier.hh"

#include <memory>

#include "body.hh"
#include "broker/json.hh"

namespace flowrun::nats {

using sdk::Failure;
using sdk::Status;

Msg Letter::made(const std::string& reply) const {
    Msg msg = plain_letter(to, reply, content);
    for (const auto& [name, value] : headers) add_header(msg, name, value);
    return msg;
}

void Letter::hear(const Msg& answer) {
    if (asks)
        return answered(header_of(answer, "flowrun-error"), body_of(answer), [&](sdk::Build& build) {
            if (whole) build_message(build, answer, {format});
            else broker::build_body(build, body_of(answer), type_of(answer), format);
        });
    try {
        if (!echoes) must_be_held(answer);
    } catch (const Failure& failure) { return failed(failure); }
    held();
}

void Letter::must_be_held(const Msg& msg) {
    const auto answer = broker::Json::parse(body_of(msg));
    if (answer && answer->has("stream") && !answer->has("error")) return;
    const std::string why = answer ? (*answer)["error"]["description"].text() : std::string();
    throw Failure(Status::unavailable, why.empty() ? "somebody else than a stream has answered" : why);
}

void Carrier::send(std::uint64_t name, broker::Errand& errand) {
    const auto& letter = static_cast<const Letter&>(errand);
    const std::string reply = connection_.answers(name);
    if (!connection_.publish(letter.made(letter.echoes ? std::string() : reply)))
        return office_.fail(name, Status::invalid, "it is larger than the server takes (max_payload)");
    if (letter.echoes) connection_.publish(reply, {}, {});
}

void Carrier::turn() {
    connection_.flush();
    while (const Msg msg = connection_.next_answer()) {
        heard_ = office_.node().now();
        const std::uint64_t name = connection_.number_of(msg);
        if (natsMsg_IsNoResponders(msg.get())) {
            office_.fail(name, Status::unavailable, "nobody takes what is sent to this subject");
        } else if (const std::unique_ptr<broker::Errand> errand = office_.release(name)) {
            static_cast<Letter&>(*errand).hear(msg);
        } else {
            office_.node().log(sdk::Level::info, "an answer came too late");
        }
    }
}

// A server of which nothing was heard since is taken for dead.
void Carrier::overdue(std::uint64_t, std::int64_t since) {
    if (heard_ < since) throw broker::Lost{"the server does not answer"};
}

void Carrier::wait_for(std::vector<pollfd>& fds) {
    fds.push_back(
        {connection_.descriptor(), static_cast<short>(POLLIN | (connection_.wants_to_write() ? POLLOUT : 0)), 0});
    fds.push_back({connection_.answered(), POLLIN, 0});
}

void Carrier::ready(const std::vector<pollfd>& fds) {
    if ((fds[0].revents & ~POLLOUT) != 0) connection_.read();
}

}  // namespace flowrun::nats
