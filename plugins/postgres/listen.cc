// postgres.listen: a source of notifications.

#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <algorithm>
#include <string>
#include <vector>

#include "client.hh"
#include "components.hh"

namespace flowrun::postgres {
namespace {

using namespace sdk;

class Listen {
public:
    static constexpr Description description = {
        .id = "postgres.listen",
        .summary = "Emits what is notified of in a PostgreSQL database (NOTIFY, pg_notify)",
        .doc =
            "Each message is {channel, payload, pid}: payload is a text, pid the server's process that has notified. "
            "The "
            "database keeps no notification for who is not there: what is said while the connection is lost is missed, "
            "and a "
            "warning tells so when it is there again. It is made anew after 0.1 s, then after ever longer pauses of up "
            "to 30 "
            "s. One notification is passed on after another; those that wait lie with the server, which has room for 8 "
            "GB of "
            "them. A flow with such a source runs until it is told to stop.",
        .settings = R"({"type": "object", "required": ["url", "channels"], "properties": {
            "url": {"type": "string", "x-secret": true, "minLength": 1,
                    "description": "The database: postgres://user@host:5432/database?sslmode=verify-full"},
            "channels": {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1, "maxLength": 63},
                         "description": "The channels' names, upper and lower case"}
        }})",
        .ports = R"({"out": {"out": "The notifications"}})",
        .flags = FLOWRUN_COOPERATIVE,
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) { return mistake_in_url(settings["url"]); }

    Listen(Node node, Value settings) : node_(node), client_(node, settings["url"]), builder_(node.values()) {
        if (const auto* source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID)) source->endless(node.raw());
        for (Value one : settings["channels"].items()) {
            sql_ += "LISTEN \"";
            for (const char c : one.string().value_or("")) sql_ += c == '"' ? std::string("\"\"") : std::string(1, c);
            channels_.push_back(sql_ + "\"");
            sql_.clear();
        }
    }

    Status run(Call call) {
        std::int64_t pause = first_pause;
        bool was_there = false;
        while (true) {
            std::string why;
            try {
                for (const std::string& channel : channels_) static_cast<void>(client_.run(call, channel));
                if (was_there)
                    node_.log(Level::warn,
                              client_.server() + ": connected again; what was notified meanwhile is missed");
                was_there = true;
                pause = first_pause;
                return pass_on(call);
            } catch (const Failure& failure) {
                if (failure.code() != Status::unavailable || !was_there) throw;
                why = failure.what();
            }
            if (pause == first_pause) node_.log(Level::warn, why + "; trying again");
            if (const Status status = call.sleep(pause); is_error(status)) return status;
            pause = std::min(pause * 2, longest_pause);
        }
    }

private:
    static constexpr std::int64_t first_pause = 100'000'000, longest_pause = std::int64_t{30} * 1'000'000'000;

    // Until it is to end.
    Status pass_on(Call call) {
        while (true) {
            Status status = Status::ok;
            const Client::Notice one = client_.next_notice(call, status);
            if (!one) return status;
            builder_.map().key("channel").string(one->relname).key("payload").string(one->extra);
            builder_.key("pid").integer(one->be_pid).end();
            static_cast<void>(call.emit(0, builder_.finish()));
        }
    }

    const Node node_;
    Client client_;
    Builder builder_;
    std::string sql_;
    std::vector<std::string> channels_;
};

}  // namespace

constinit const flowrun_component listen_component = sdk::component<Listen>();

}  // namespace flowrun::postgres
