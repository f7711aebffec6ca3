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
    Result<std::int64_t> put(const std::vector<flowrun_queue_item>& items) const;
    Result<std::int64_t> move(const std::string& to, const std::vector<std::uint64_t>& numbers) const;
};

// Says what went wrong with one; the exit code that it deserves.
Exit told(const Error& error);

class StoredQueues {
public:
    enum class Missing : bool { is_wrong, is_fine };  // a queue that is named and not there
    // `where`: a URL, perhaps with a fragment that names one queue; or a flow's path, with values for its parameters.
    static Result<StoredQueues> at(const std::string& where, const flow::Arguments& arguments,
                                   const std::vector<std::string>& plugin_path, Missing missing = Missing::is_wrong);

    const std::vector<StoredQueue>& all() const { return queues_; }
    // Each store once; calls `say` for what is wrong in it. How many things are.
    Result<std::int64_t> look(const std::function<void(std::string_view)>& say) const;

private:
    Result<void> add(component::Catalog& catalog, const std::string& url, const std::string& name, Missing missing);

    std::unique_ptr<component::Catalog> catalog_;
    std::unique_ptr<FlowFile> flow_;
    std::vector<StoredQueue> queues_;
};

}  // namespace flowrun::command
