#pragma once
// Changes to durable queues that a run has open, asked for over its control socket.
//
//   {"do":"has","place":P}                                            {"has":true}
//   {"do":"replay"|"drop"|"move","place":P,"name":N,"numbers":[…],    {"done":N}, or {"error":"…","code":-5}
//    "dead":true, "to":"…"}
//   {"do":"put","place":P,"name":N,"items":[…]}                       the same; items are as export prints them

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <flowrun/ext/queue.h>

#include "base/error.hh"
#include "base/world.hh"
#include "command/control_client.hh"
#include "value/node.hh"

namespace flowrun::command {

// The run's side. Any one thread.
class QueueControl {
public:
    explicit QueueControl(World& world) : world_(world) {}
    // A store that the run has open; the table outlives this.
    void add(const flowrun_queue_table& table, const std::string& url);
    bool any() const { return !stores_.empty(); }
    std::string answer(const value::Node& request) const;

private:
    struct Store {
        const flowrun_queue_table* table;
        std::string url, place;
    };
    std::string put(const Store& store, const std::string& name, const value::Node& request) const;

    World& world_;
    std::vector<Store> stores_;
};

// The side of `flowrun queue`: the run that has a store open, if one answers.
class QueueOwner {
public:
    static std::optional<QueueOwner> of(const flowrun_queue_table& table, const std::string& url);

    struct Change {
        std::string_view verb;  // replay, drop or move
        std::string_view name, to{};
        bool dead = false;
    };
    Result<std::int64_t> change(const Change& change, const std::vector<std::uint64_t>& numbers) const;
    Result<std::int64_t> put(std::string_view name, const std::vector<flowrun_queue_item>& items) const;

private:
    QueueOwner(ControlClient client, std::string place) : client_(std::move(client)), place_(std::move(place)) {}
    std::string begin(std::string_view verb, std::string_view name) const;
    Result<std::int64_t> ask(const std::string& request) const;

    ControlClient client_;
    std::string place_;
};

}  // namespace flowrun::command
