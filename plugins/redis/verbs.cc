#include "verbs.hh"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "broker/session.hh"
#include "connection.hh"
#include "entry.hh"
#include "names.hh"
#include "scripts.hh"
#include "session.hh"

namespace flowrun::redis {
namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::size_t most_at_once = 256;

// With a connection; that it is lost is an error here.
template <class Body>
auto connected(std::string_view text, Body&& body) {
    const broker::Url url = url_of(text);
    try {
        Connection connection(url);
        return body(connection);
    } catch (const broker::Lost& lost) {
        throw sdk::QueueError{FLOWRUN_E_UNAVAILABLE, url.server(default_port) + ": " + lost.text};
    } catch (sdk::QueueError& refused) {
        refused.text = url.server(default_port) + ": " + refused.text;
        throw;
    }
}

std::int64_t number_in(const redisReply& list, std::size_t i) {
    return i < list.elements ? list.element[i]->integer : 0;
}

std::vector<std::string> names_of_queues(Connection& connection) {
    const Reply all = connection.run({"SMEMBERS", all_queues});
    std::vector<std::string> names;
    for (std::size_t i = 0; i < all->elements; ++i) names.emplace_back(text_of(*all->element[i]));
    std::sort(names.begin(), names.end());
    return names;
}

Reply depth_of(Connection& connection, const std::string& script, const Names& names) {
    return connection.run(call_of(script, names));
}

// Runs a script over ids, some at a time: `first` are its arguments before them. Answers the sum of what it answers.
std::int64_t sum_over(Connection& connection, const Script& script, const Names& names,
                      const std::vector<std::string>& first, const sdk::Numbers& numbers) {
    const std::string sha = load(connection, script);
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < numbers.size(); i += most_at_once) {
        std::vector<std::string> ids;
        for (std::size_t k = i; k < std::min(numbers.size(), i + most_at_once); ++k) ids.push_back(id_of(numbers[k]));
        Connection::Words command = call_of(sha, names);
        command.insert(command.end(), first.begin(), first.end());
        command.insert(command.end(), ids.begin(), ids.end());
        sum += connection.run(command)->integer;
    }
    return sum;
}

// Empty where it may not be asked.
std::string configured(Connection& connection, std::string_view name) {
    connection.add({"CONFIG", "GET", name});
    const Reply reply = connection.read();
    return is_list(*reply) && reply->elements == 2 ? std::string(text_of(*reply->element[1])) : std::string();
}

}  // namespace

broker::Url url_of(std::string_view text) {
    if (text.starts_with("rediss:")) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "Redis over TLS is not there: the client library of this system has none; put a tunnel "
                              "(stunnel) before it, and write redis://127.0.0.1:PORT"};
    }
    broker::Url url = broker::parse_url(text);
    if (url.scheme != "redis") throw sdk::QueueError{FLOWRUN_E_INVALID, "not a URL of Redis: it begins with redis://"};
    if (url.host.empty()) throw sdk::QueueError{FLOWRUN_E_INVALID, "the URL names no host: write redis://host:6379"};
    if (url.path.find_first_not_of("0123456789") != url.path.npos) {
        throw sdk::QueueError{FLOWRUN_E_INVALID,
                              "what follows the host must be the number of a database, as in redis://host/0; "
                              "the queue's name is the fragment, #NAME"};
    }
    url.allow_only({"prefetch", "deliveries"});
    static_cast<void>(url.number("prefetch", 1, 1, 100'000));
    static_cast<void>(url.number("deliveries", 1, 1, 1'000'000));
    return url;
}

void Verbs::list(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_depth&)>& give) {
    connected(url, [&](Connection& connection) {
        const std::string script = load(connection, depth_script);
        for (const std::string& name : names_of_queues(connection)) {
            const Reply reply = depth_of(connection, script, Names(name));
            flowrun_queue_depth depth{};
            depth.size = sizeof depth;
            depth.leased = static_cast<std::uint64_t>(number_in(*reply, 1));
            depth.waiting = static_cast<std::uint64_t>(number_in(*reply, 0)) - depth.leased;
            depth.later = static_cast<std::uint64_t>(number_in(*reply, 2));
            depth.dead = static_cast<std::uint64_t>(number_in(*reply, 3));
            depth.bytes = static_cast<std::uint64_t>(number_in(*reply, 4));
            depth.oldest = number_in(*reply, 5) * millisecond;
            give(name, depth);
        }
    });
}

void Verbs::audit(std::string_view url, const std::function<void(std::string_view, const flowrun_queue_audit&)>& give) {
    connected(url, [&](Connection& connection) {
        const std::string script = load(connection, depth_script);
        for (const std::string& name : names_of_queues(connection)) {
            const Names names(name);
            const Reply reply = depth_of(connection, script, names);
            const Reply account =
                connection.run({"HMGET", names.account, "put", "acked", "buried", "taken", "dead_taken"});
            const auto counted = [&](std::size_t i) {
                std::uint64_t value = 0;
                for (const char c : text_of(*account->element[i]))
                    value = value * 10 + static_cast<std::uint64_t>(c - '0');
                return value;
            };
            flowrun_queue_audit audit{};
            audit.size = sizeof audit;
            audit.put = counted(0);
            audit.acked = counted(1);
            audit.buried = counted(2);
            audit.taken = counted(3);
            audit.dead_taken = counted(4);
            audit.pushed = static_cast<std::uint64_t>(number_in(*reply, 6)) - audit.put;
            audit.waiting = static_cast<std::uint64_t>(number_in(*reply, 0));
            audit.dead = static_cast<std::uint64_t>(number_in(*reply, 3));
            give(name, audit);
        }
    });
}

void Verbs::peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                 const std::function<void(const flowrun_queue_item&)>& give) {
    connected(url, [&](Connection& connection) {
        const Names names(name);
        std::string first = id_of(from);
        for (std::uint64_t left = most; left != 0;) {
            const std::string count = std::to_string(std::min<std::uint64_t>(left, most_at_once));
            const Reply entries =
                connection.run({"XRANGE", dead ? names.dead : names.messages, first, "+", "COUNT", count});
            for (std::size_t i = 0; i < entries->elements; ++i) {
                const redisReply& entry = *entries->element[i];
                const std::string_view id = text_of(*entry.element[0]);
                broker::Message message = message_of(id, *entry.element[1]);
                give(message.seen());
                first = "(" + std::string(id);
            }
            if (entries->elements < std::min<std::uint64_t>(left, most_at_once)) return;
            left -= entries->elements;
        }
    });
}

std::int64_t Verbs::replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
    return connected(
        url, [&](Connection& connection) { return sum_over(connection, replay_script, Names(name), {}, numbers); });
}

std::int64_t Verbs::drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection) {
        return sum_over(connection, drop_script, Names(name), {dead ? "1" : "0"}, numbers);
    });
}

std::int64_t Verbs::move(std::string_view url, std::string_view name, std::string_view to,
                         const sdk::Numbers& numbers) {
    return connected(url, [&](Connection& connection) {
        const Names other(to);
        make_queue(connection, to, other);
        const std::int64_t moved = sum_over(connection, move_script, Names(name), {other.messages}, numbers);
        connection.run({"HINCRBY", other.account, "put", std::to_string(moved)});
        return moved;
    });
}

std::int64_t Verbs::put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                        std::size_t count) {
    return connected(url, [&](Connection& connection) {
        const Names names(name);
        make_queue(connection, name, names);
        for (std::size_t i = 0; i < count; ++i) {
            const std::vector<std::string> words = add_command(names.messages, broker::Message::of(items[i]));
            connection.run({words.begin(), words.end()});
            connection.run({"HINCRBY", names.account, "put", "1"});
        }
        return static_cast<std::int64_t>(count);
    });
}

std::string warning_of(std::string_view url) {
    return connected(url, [&](Connection& connection) -> std::string {
        const std::string only = configured(connection, "appendonly"), sync = configured(connection, "appendfsync");
        if (only == "no") return "its server keeps nothing on disk (appendonly no): what it holds is lost when it ends";
        if (only.empty() || sync == "always") return {};
        return "its server writes to disk now and then (appendfsync " + sync +
               "): what it took last is lost in a power failure";
    });
}

void probe_server(std::string_view url, const std::function<void(std::string_view)>& warn) {
    connected(url, [&](Connection& connection) {
        const Reply info = connection.run({"INFO", "server"});
        constexpr std::string_view before = "redis_version:";
        const std::string_view text = text_of(*info);
        const std::size_t at = text.find(before);
        const std::string_view version =
            at == text.npos ? "?" : text.substr(at + before.size(), text.find('\r', at) - at - before.size());
        if (version.find('.') == 1 && version < "7") {
            throw sdk::QueueError{FLOWRUN_E_INVALID,
                                  "its server is of version " + std::string(version) + ", and 7 is needed"};
        }
        const std::string evicts = configured(connection, "maxmemory-policy"),
                          most = configured(connection, "maxmemory");
        if (!evicts.empty() && evicts != "noeviction" && most != "0" && !most.empty()) {
            warn("its server throws keys away when its memory is full (maxmemory-policy " + evicts +
                 "): say noeviction, then pushes wait");
        }
    });
    if (const std::string text = warning_of(url); !text.empty()) warn(text);
}

}  // namespace flowrun::redis
