#pragma once
// The queues that lie at a URL, or those of a flow, with no run of this process: what `flowrun queue` works on.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <flowrun/ext/queue.h>

#include "base/error.hh"
#include "command/flow_file.hh"

namespace flowrun::command {

struct StoredQueue {
    const flowrun_queue_table* table;
    std::string url, name;
    flowrun_queue_depth depth{};

    // Up to `most` items from number `from` on, oldest first.
    Result<void> each(bool dead, std::uint64_t from, std::uint64_t most,
                      const std::function<void(const flowrun_queue_item&)>& what) const;
    Result<std::int64_t> replay(const std::vector<std::uint64_t>& numbers) const;
    Result<std::int64_t> drop(bool dead, const std::vector<std::uint64_t>& numbers) const;
    Result<std::int64_t> move(const std::string& to, const std::vector<std::uint64_t>& numbers) const;
};

class StoredQueues {
public:
    // `where`: a URL, perhaps with a fragment that names one queue; or a flow's path, with values for its parameters.
    static Result<StoredQueues> at(const std::string& where, const flow::Arguments& arguments,
                                   const std::vector<std::string>& plugin_path);

    const std::vector<StoredQueue>& all() const { return queues_; }
    // Each store once; calls `say` for what is wrong in it. How many things are.
    Result<std::int64_t> look(const std::function<void(std::string_view)>& say) const;

private:
    Result<void> add(component::Catalog& catalog, const std::string& url, const std::string& name);

    std::unique_ptr<component::Catalog> catalog_;
    std::unique_ptr<FlowFile> flow_;
    std::vector<StoredQueue> queues_;
};

// One line of JSON, with its line feed: {"number", "id", "accepted", "attempts", "msg", …}.
std::string line_of(const flowrun_queue_item& item);

}  // namespace flowrun::command
