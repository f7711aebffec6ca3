// pgq.consume: a source of what lies in a table of pgq's.

#include <flowrun/ext/source.h>
#include <flowrun/component.hh>

#include <poll.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/wake.hh"
#include "components.hh"
#include "node_table.hh"
#include "row.hh"

namespace flowrun::pgq {
namespace {

using namespace sdk;
using postgres::Values;

// What came of a message.
struct Outcome {
    std::string id;
    std::int32_t count = 0;
    Status status = Status::ok;
    bool again = false;  // trying again may help
    std::string why;
};

class Consume {
public:
    static constexpr Description description = {
        .id = "pgq.consume",
        .summary = "Takes messages from a table of the Go package pgq",
        .doc =
            "As that package does, beside its own consumers: a message is locked for 'lock', which is renewed as long "
            "as it "
            "is in the flow. When all that came of it is dealt with, behind async edges too, it is marked as "
            "processed; when that "
            "has "
            "failed it is given back with the error and comes again, at once or after 'retry_delay', until it was "
            "given out "
            "'attempts' times or the error is one that trying again does not mend: then it is marked as processed with "
            "error_detail. output: message is {id, payload, metadata, attempt}, payload the payload alone; meta.id and "
            "the "
            "trace are the message's either way. The table is looked at every 'poll' when it is empty. Told to stop it "
            "takes "
            "no more, and what is under way is still answered.",
        .settings = R"({"type": "object", "required": ["url", "table"], "properties": {
            "url": {"type": "string", "x-secret": true, "minLength": 1,
                    "description": "The database: pgq://user@host:5432/database?sslmode=verify-full"},
            "table": {"type": "string", "minLength": 1, "description": "The table, in the search path"},
            "output": {"type": "string", "enum": ["payload", "message"], "default": "payload",
                       "description": "What is sent on"},
            "parallel": {"type": "integer", "minimum": 1, "maximum": 10000, "default": 1,
                         "description": "How many are taken and not yet answered at the most"},
            "poll": {"x-duration": true, "default": "1s", "description": "How often an empty table is looked at"},
            "lock": {"x-duration": true, "default": "30s",
                     "description": "How long a message is kept from others when this process is gone; at least 1s"},
            "attempts": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 3,
                         "description": "How often a message is given out in all"},
            "retry_delay": {"x-duration": true, "default": "0s", "description": "How long after a failure it comes again"}
        }})",
        .ports = R"({"out": {"out": "The messages"}})",
    };

    static std::optional<Mistake> check(const flowrun_host*, Value settings) {
        return NodeTable::mistake_in(settings["url"]);
    }

    Consume(Node node, Value settings)
        : node_(node), table_(settings["url"], settings["table"].string().value_or("")),
          whole_(settings["output"].string() == "message"),
          parallel_(settings["parallel"].unsigned_integer().value_or(1)),
          poll_(settings["poll"].integer().value_or(second)),
          lock_(std::max(settings["lock"].integer().value_or(30 * second), second)),
          attempts_(static_cast<std::int32_t>(settings["attempts"].integer().value_or(3))),
          delay_us_(settings["retry_delay"].integer().value_or(0) / 1000), builder_(node.values()) {
        const auto* const source = node.extension<flowrun_source>(FLOWRUN_SOURCE_ID);
        if (source == nullptr) return;
        source->endless(node.raw());
        source->answers(node.raw());
    }

    Status run(Call call) {
        std::int64_t pause = first_pause;
        bool was_there = false;
        Status ending = Status::ok;
        while (true) {
            std::int64_t next = poll_;
            try {
                const bool full = turn(call, !is_error(ending));
                if (std::exchange(was_there, true) && pause != first_pause)
                    node_.log(Level::info, table_.server() + ": connected again");
                pause = first_pause;
                if (full) next = 0;
            } catch (const Failure& failure) {
                if (failure.code() != Status::unavailable || !was_there) throw;
                if (pause == first_pause) node_.log(Level::warn, std::string(failure.what()) + "; trying again");
                next = pause;
                pause = std::min(pause * 2, longest_pause);
            }
            if (is_error(ending) && out_.empty()) return ending;
            if (is_error(ending)) {
                pollfd one{wake_.descriptor(), POLLIN, 0};
                static_cast<void>(::poll(&one, 1, 100));
                wake_.clear();
                continue;
            }
            if (!out_.empty()) next = std::min(next, lock_ / 3);
            if (next == 0 && out_.size() < parallel_) {
                ending = call.stopping();
                continue;
            }
            const Status status = call.wait_fd(wake_.descriptor(), FLOWRUN_READ, next == 0 ? poll_ : next);
            if (status == Status::ok) wake_.clear();
            else if (status != Status::unavailable) ending = status;
        }
    }

private:
    static constexpr std::int64_t second = 1'000'000'000, first_pause = 100'000'000, longest_pause = 30 * second;

    // True: there may be more than was taken.
    bool turn(Call call, bool takes) {
        settle();
        renew();
        if (!takes || out_.size() >= parallel_) return takes;
        const auto most = static_cast<std::int32_t>(std::min<std::uint64_t>(parallel_ - out_.size(), 256));
        std::vector<std::pair<Taken, std::string>> taken;
        std::vector<std::string> invalid;
        table_.with([&](postgres::Connection& connection, const Statements& say) {
            connection.run(say.poison.c_str(), Values().int4(attempts_));
            const postgres::Result rows = connection.run(say.take.c_str(), Values().int4(most).int8(lock_ / 1000));
            for (int i = 0; i < rows.rows(); ++i) {
                Taken one = taken_of(rows, i);
                if (one.is_object) taken.emplace_back(std::move(one), rows.bytes(i, 18));
                else invalid.push_back(one.id);
            }
            if (!invalid.empty()) connection.run(say.invalid.c_str(), Values().texts({invalid.begin(), invalid.end()}));
        });
        for (auto& [one, metadata] : taken) send_on(call, one, metadata);
        return taken.size() + invalid.size() == static_cast<std::size_t>(most);
    }

    void send_on(Call call, const Taken& one, const std::string& metadata) {
        const auto count = static_cast<std::int32_t>(one.count);
        out_.emplace(one.id, count);
        if (whole_) {
            builder_.map().key("id").string(one.id).key("payload");
            static_cast<void>(builder_.json(one.message.body));
            builder_.key("metadata");
            static_cast<void>(builder_.json(metadata));
            builder_.key("attempt").integer(count).end();
        } else {
            static_cast<void>(builder_.json(one.message.body));
        }
        flowrun_meta meta{};
        meta.size = sizeof meta;
        meta.id = one.message.id.data();
        meta.id_size = one.message.id.size();
        meta.key = one.message.key.data();
        meta.key_size = one.message.key.size();
        meta.traceparent = one.message.traceparent.data();
        meta.traceparent_size = one.message.traceparent.size();
        const auto done = [this, id = one.id, count](Status status, Value, const flowrun_error* error) {
            Outcome outcome{id, count, status, true, {}};
            if (error != nullptr && error->message != nullptr) outcome.why.assign(error->message, error->message_size);
            if (error != nullptr && error->retryable != FLOWRUN_RETRY_BY_CODE) {
                outcome.again = error->retryable == FLOWRUN_RETRY_YES;
            } else {
                outcome.again = status != Status::invalid && status != Status::permanent;
            }
            {
                const std::scoped_lock lock(mutex_);
                done_.push_back(std::move(outcome));
            }
            wake_.set();
        };
        const Status status = delivered_.emit(call, 0, builder_.finish(), &meta, done);
        if (is_error(status)) done(status, {}, nullptr);
    }

    // Those that are not noted, since the connection is lost, are tried again.
    void settle() {
        std::vector<Outcome> done;
        {
            const std::scoped_lock lock(mutex_);
            done.swap(done_);
        }
        for (std::size_t i = 0; i < done.size(); ++i) {
            try {
                note(done[i]);
            } catch (const Failure&) {
                const std::scoped_lock lock(mutex_);
                done_.insert(done_.begin(), std::make_move_iterator(done.begin() + static_cast<std::ptrdiff_t>(i)),
                             std::make_move_iterator(done.end()));
                throw;
            }
        }
    }

    void note(const Outcome& of) {
        // What the run itself ends was not tried.
        const bool untried = of.status == Status::cancelled;
        const bool back = untried || (is_error(of.status) && of.again && of.count < attempts_);
        table_.with([&](postgres::Connection& connection, const Statements& say) {
            Values values;
            values.texts({of.id}).int4s({of.count});
            if (!is_error(of.status)) return connection.run(say.ack.c_str(), values);
            const std::string_view why = untried          ? std::string_view()
                                         : of.why.empty() ? "failed"
                                                          : std::string_view(of.why);
            values.texts({why}).int4s({untried ? of.count - 1 : of.count}).int8s({untried ? 0 : delay_us_});
            return connection.run((back ? say.nack : say.reject).c_str(), values);
        });
        out_.erase(of.id);
    }

    void renew() {
        if (out_.empty() || node_.now() < next_renewal_) return;
        next_renewal_ = node_.now() + lock_ / 3;
        std::vector<std::string_view> ids;
        std::vector<std::int32_t> counts;
        for (const auto& [id, count] : out_) {
            ids.push_back(id);
            counts.push_back(count);
        }
        table_.with([&](postgres::Connection& connection, const Statements& say) {
            return connection.run(say.renew.c_str(), Values().texts(ids).int4s(counts).int8(lock_ / 1000));
        });
    }

    const Node node_;
    const Delivered delivered_{node_};
    NodeTable table_;
    const bool whole_;
    const std::uint64_t parallel_;
    const std::int64_t poll_, lock_;
    const std::int32_t attempts_;
    const std::int64_t delay_us_;
    Builder builder_;
    std::unordered_map<std::string, std::int32_t> out_;  // ids, and how often each was given out
    std::int64_t next_renewal_ = 0;
    broker::Wake wake_;
    std::mutex mutex_;
    std::vector<Outcome> done_;
};

}  // namespace

constinit const flowrun_component consume_component = sdk::component<Consume>();

}  // namespace flowrun::pgq
