#include "verbs.hh"

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>
#include <utility>

#include "api.hh"
#include "broker/session.hh"
#include "connection.hh"
#include "letter.hh"
#include "names.hh"
#include "note.hh"

namespace flowrun::nats {
namespace {

constexpr std::int64_t second = 1'000'000'000;

// With a connection; that it is lost is an error here.
template <class Body>
auto connected(std::string_view text, Body&& body) {
    const broker::Url url = url_of(text);
    try {
        Connection connection(url);
        return body(connection, url);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, url.server(default_port) + ": " + lost.text};
    }
}

// RFC 3339, as JetStream has it: in UTC, with up to nine digits behind the second.
std::int64_t time_of(const std::string& text) {
    std::tm parts{};
    const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == nullptr) return 0;
    std::int64_t nanoseconds = 0, unit = second / 10;
    if (*rest == '.') {
        for (++rest; *rest >= '0' && *rest <= '9'; ++rest, unit /= 10) nanoseconds += (*rest - '0') * unit;
    }
    return std::int64_t{timegm(&parts)} * second + nanoseconds;
}

// One queue, looked at by hand.
class Look {
public:
    Look(Connection& connection, std::string_view name) : connection_(connection), names_(name) {}

    const Names& names() const { return names_; }

    // Of the queue or of its dead, with this place or behind it; none: there is no more.
    std::optional<broker::Json> stored(bool dead, std::uint64_t from) {
        return get(dead ? names_.dead : names_.stream,
                   "{\"seq\":" + std::to_string(from) +
                       ",\"next_by_subj\":" + broker::json_text(dead ? names_.dead_subject : names_.subject) + "}");
    }
    std::optional<broker::Message> message(bool dead, std::uint64_t place) {
        const auto found = get(dead ? names_.dead : names_.stream, "{\"seq\":" + std::to_string(place) + "}");
        return found ? std::optional(message_of(*found)) : std::nullopt;
    }
    // What is known of a message of the queue that was given out. Where nothing is, it is out.
    bool was_given_out(std::uint64_t place) {
        if (!given_) {
            const broker::Json info =
                ask(connection_, "CONSUMER.INFO." + names_.stream + "." + std::string(consumer), {});
            given_ = info["delivered"]["stream_seq"].count();
        }
        return place <= *given_;
    }
    std::optional<Note> note(std::uint64_t place) {
        const auto found = get(names_.notes, newest_note(names_, place));
        return found ? std::optional(read_note(*found)) : std::nullopt;
    }
    void remove_dead(std::uint64_t place) { remove(names_.dead, place); }
    // One that waits, with what is known of it: none where there is none, or it is out.
    struct Waiting {
        broker::Message message;
        std::optional<Note> note;
    };
    std::optional<Waiting> waiting(std::uint64_t place) {
        auto found = message(false, place);
        if (!found) return {};
        Waiting one{std::move(*found), {}};
        if (!was_given_out(place)) return one;
        one.note = note(place);
        if (!one.note || !one.note->back) return {};
        one.message.attempts = one.note->said.attempts;
        one.message.error = one.note->said.error;
        return one;
    }
    // What was given out must be answered: JetStream would count it as out for ever.
    void remove_waiting(const Waiting& one) {
        if (!one.note) return remove(names_.stream, one.message.number);
        static_cast<void>(connection_.ask(one.note->said.body, "+TERM"));
        ask(connection_, "STREAM.PURGE." + names_.notes, old_notes(names_, one.message.number, 0));
    }
    void publish(const broker::Message& message, const std::string& subject, std::string_view once) {
        const std::string reply = connection_.answers(0);
        if (!connection_.publish(letter(subject, reply, message, once)))
            throw sdk::QueueError{FLOWRUN_E_INVALID, "the message is larger than the server takes"};
        const broker::Json answer = answer_of(connection_.answer(0));
        if (error_of(answer) != 0) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text_of_error(answer)};
    }

private:
    std::optional<broker::Json> get(const std::string& stream, std::string_view what) {
        const broker::Json answer = ask(connection_, "STREAM.MSG.GET." + stream, what);
        const std::int64_t error = error_of(answer);
        if (error == message_not_found || error == stream_not_found) return {};
        if (error != 0) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text_of_error(answer)};
        return answer["message"];
    }
    void remove(const std::string& stream, std::uint64_t place) {
        call(connection_, "STREAM.MSG.DELETE." + stream, "{\"seq\":" + std::to_string(place) + ",\"no_erase\":true}");
    }

    Connection& connection_;
    const Names names_;
    std::optional<std::uint64_t> given_;
};

// When what was given back is due, by its place.
std::map<std::uint64_t, std::int64_t> given_back(Connection& connection, const Names& names) {
    std::map<std::uint64_t, std::int64_t> all;
    const broker::Json notes = ask(connection, "STREAM.INFO." + names.notes,
                                   "{\"subjects_filter\":" + broker::json_text(all_back(names)) + "}");
    for (const auto& [subject, count] : notes["state"]["subjects"].members()) {
        const Back back = read_back(names, subject);
        all[back.sequence] = back.due;
    }
    return all;
}

flowrun_queue_depth depth_of(Connection& connection, const Names& names, const broker::Json& state) {
    const broker::Json info = ask(connection, "CONSUMER.INFO." + names.stream + "." + std::string(consumer), {});
    const broker::Json dead = ask(connection, "STREAM.INFO." + names.dead, {});
    const auto back = given_back(connection, names);
    const std::uint64_t all = state["messages"].count(), out = info["num_ack_pending"].count();
    const std::int64_t now = std::int64_t{std::time(nullptr)} * second;
    flowrun_queue_depth depth{};
    depth.size = sizeof depth;
    depth.leased = std::min(all, out - std::min<std::uint64_t>(out, back.size()));
    depth.waiting = all - depth.leased;
    depth.dead = dead["state"]["messages"].count();
    depth.bytes = state["bytes"].count() + dead["state"]["bytes"].count();
    depth.oldest = all != 0 ? time_of(state["first_ts"].text()) : 0;
    depth.later = static_cast<std::uint64_t>(
        std::count_if(back.begin(), back.end(), [now](const auto& one) { return one.second > now; }));
    return depth;
}

}  // namespace

broker::Url url_of(std::string_view text) {
    broker::Url url = broker::parse_url(text);
    const auto wrong = [](const char* why) { throw sdk::QueueError{FLOWRUN_E_INVALID, why}; };
    if (url.scheme != "nats") wrong("not a URL of NATS: it begins with nats://");
    if (url.host.empty()) wrong("the URL names no host: write nats://host:4222");
    if (!url.path.empty()) wrong("nothing may follow the host: the queue's name is the fragment, #NAME");
    url.allow_only({"prefetch", "deliveries", "replicas", "creds", "tls", "ca", "cert", "key"});
    static_cast<void>(url.number("prefetch", 1, 1, 100'000));
    static_cast<void>(url.number("deliveries", 1, 1, 1'000'000));
    static_cast<void>(replicas_of(url));
    if (const std::string* tls = url.find("tls"); tls != nullptr && *tls != "on" && *tls != "off")
        wrong("'tls' in the URL is on or off");
    if (!is_secure(url) && (url.find("ca") != nullptr || url.find("cert") != nullptr))
        wrong("'ca' and 'cert' are for TLS: add tls=on to the URL");
    if ((url.find("cert") == nullptr) != (url.find("key") == nullptr)) wrong("'cert' and 'key' go together");
    return url;
}

std::int64_t replicas_of(const broker::Url& url) { return url.number("replicas", 1, 1, 5); }

void Verbs::list(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](Connection& connection, const broker::Url&) {
        for (std::uint64_t offset = 0, total = 1; offset < total;) {
            const broker::Json page =
                call(connection, "STREAM.LIST",
                     "{\"subject\":\"flowrun.queue.*\",\"offset\":" + std::to_string(offset) + "}");
            total = page["total"].count();
            const auto& streams = page["streams"].items();
            if (streams.empty()) return;
            offset += streams.size();
            for (const broker::Json& stream : streams) {
                const auto name = queue_of(stream["config"]["name"].text());
                if (name) give(*name, depth_of(connection, Names(*name), stream["state"]));
            }
        }
    });
}

void Verbs::peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                 const std::function<void(const flowrun_queue_item&)>& give) {
    connected(url, [&](Connection& connection, const broker::Url&) {
        Look look(connection, name);
        for (std::uint64_t place = std::max<std::uint64_t>(from, 1); most != 0; --most) {
            const auto stored = look.stored(dead, place);
            if (!stored) return;
            broker::Message message = message_of(*stored);
            place = message.number + 1;
            if (!dead && look.was_given_out(message.number)) {
                if (const auto note = look.note(message.number)) {
                    message.attempts = note->said.attempts;
                    message.error = note->said.error;
                    message.due = note->back ? note->said.due : 0;
                }
            }
            give(message.seen());
        }
    });
}

std::int64_t Verbs::replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection, const broker::Url&) {
        Look look(connection, name);
        std::int64_t count = 0;
        for (const std::uint64_t place : numbers) {
            auto message = look.message(true, place);
            if (!message) continue;
            message->attempts = 0;
            message->error.clear();
            message->origin.clear();
            look.publish(*message, look.names().subject, message->id + "/replay/" + std::to_string(place));
            look.remove_dead(place);
            ++count;
        }
        return count;
    });
}

std::int64_t Verbs::drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection, const broker::Url&) {
        Look look(connection, name);
        std::int64_t count = 0;
        for (const std::uint64_t place : numbers) {
            if (dead) {
                if (!look.message(true, place)) continue;
                look.remove_dead(place);
            } else {
                const auto waiting = look.waiting(place);
                if (!waiting) continue;
                look.remove_waiting(*waiting);
            }
            ++count;
        }
        return count;
    });
}

std::int64_t Verbs::move(std::string_view url, std::string_view name, std::string_view to,
                         const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection, const broker::Url& at) {
        Look look(connection, name);
        const Names other(to);
        make_streams(connection, to, other, replicas_of(at));
        std::int64_t count = 0;
        for (const std::uint64_t place : numbers) {
            const auto waiting = look.waiting(place);
            if (!waiting) continue;
            look.publish(waiting->message, other.subject,
                         waiting->message.id + "/" + look.names().token + "/" + std::to_string(place));
            look.remove_waiting(*waiting);
            ++count;
        }
        return count;
    });
}

// Without an id for JetStream to know them by: what comes back within two minutes would be dropped.
std::int64_t Verbs::put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                        std::size_t count) {
    return connected(url, [&](Connection& connection, const broker::Url& at) {
        Look look(connection, name);
        make_streams(connection, name, look.names(), replicas_of(at));
        for (std::size_t i = 0; i < count; ++i) look.publish(broker::Message::of(items[i]), look.names().subject, {});
        return static_cast<std::int64_t>(count);
    });
}

std::string warning_of(std::string_view url, std::string_view name) {
    return connected(url, [&](Connection& connection, const broker::Url&) -> std::string {
        const Names names(name);
        const broker::Json info = ask(connection, "STREAM.INFO." + names.stream, {});
        if (info["config"]["storage"].text() == "memory")
            return "the stream " + names.stream + " is kept in memory: what it holds is lost when the server ends";
        return {};
    });
}

void probe_queue(std::string_view url, std::string_view name, std::int64_t lease,
                 const std::function<void(std::string_view)>& warn) {
    connected(url, [&](Connection& connection, const broker::Url&) {
        const Names names(name);
        call(connection, "INFO", {});
        const broker::Json stream = ask(connection, "STREAM.INFO." + names.stream, {});
        if (error_of(stream) == stream_not_found) return;
        if (error_of(stream) != 0) throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, text_of_error(stream)};
        if (stream["config"]["retention"].text() != "workqueue") {
            throw sdk::QueueError{FLOWRUN_E_INVALID, "the stream " + names.stream + " is no work queue (retention " +
                                                         stream["config"]["retention"].text() + ")"};
        }
        const broker::Json info = ask(connection, "CONSUMER.INFO." + names.stream + "." + std::string(consumer), {});
        if (const std::int64_t was = info["config"]["ack_wait"].whole(); was != 0 && was != lease) {
            warn("those who take from the queue now have a lease of " + std::to_string(was / 1'000'000) +
                 " ms: who opens it sets it for all");
        }
    });
    if (const std::string text = warning_of(url, name); !text.empty()) warn(text);
}

}  // namespace flowrun::nats
