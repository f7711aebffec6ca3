#pragma once
// The actions of SQS: requests in JSON (x-amz-json-1.0), signed, and what is answered.
//
// Promises: what the server is too busy for is asked again, after a pause that grows, before it is an error. Each call is
// answered once, from work(), which throws broker::Lost when nobody answers: then no call will be any more.

#include <poll.h>

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/json.hh"
#include "client.hh"
#include "credential_source.hh"
#include "place.hh"
#include "signature.hh"

namespace flowrun::sqs {

struct Reply {
    std::string error;  // a code as QueueDoesNotExist; empty: it is done
    std::string text;   // what the server says to it
    broker::Json json;

    bool ok() const { return error.empty(); }
};

// Where it must be done: what the server says instead. Throws broker::Lost where another try may help, else sdk::QueueError.
void must(const Reply& reply);

class Service {
public:
    using Clock = std::function<std::int64_t()>;
    using Done = std::function<void(Reply&&)>;
    using Number = std::uint64_t;
    static constexpr std::int64_t usual = 10'000'000'000, never = INT64_MAX;

    // Clocks as of broker::Desk.
    Service(Place place, Clock now, Clock wall);
    ~Service();
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;

    const Place& place() const { return place_; }
    std::int64_t now() const { return now_(); }
    std::int64_t wall() const { return wall_(); }

    // `patience`: how long the server may take; `delay`: it begins then.
    Number call(std::string_view action, std::string body, Done done, std::int64_t patience = usual,
                std::int64_t delay = 0);
    // Waits for the answer. Nothing else may be under way.
    Reply ask(std::string_view action, std::string body);
    // It is given up, and not answered.
    void drop(Number number);

    // After `delay`.
    void later(std::int64_t delay, std::function<void()> what);
    void work();
    void wait_for(std::vector<pollfd>& fds);

private:
    struct Call {
        Number number;
        std::string action, body;
        Done done;
        std::int64_t patience;
        unsigned tries = 0;
    };
    void start(Call&& call);
    void answered(Call&& call, Answer&& answer);
    void again(Call&& call);

    const Place place_;
    const Clock now_, wall_;
    CredentialSource credentials_;
    Signer signer_;
    Client client_;
    const int alarm_;
    std::int64_t alarm_at_ = never;  // when it is set to
    std::multimap<std::int64_t, std::function<void()>> later_;
    std::map<Number, std::optional<Client::Number>> under_way_;  // none: it waits for its next try
    Number last_ = 0;
};

}  // namespace flowrun::sqs
