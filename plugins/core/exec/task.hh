#pragma once
// What a node is set to do, the same for all its messages.

#include <flowrun/ext/secrets.h>
#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "command.hh"
#include "node_processes.hh"

namespace flowrun::core::exec {

enum class Form { json, ndjson, lines, text, none };

struct Task {
    explicit Task(sdk::Node of) : node(of) {}
    sdk::Node node;
    Form output = Form::json;
    std::vector<std::int64_t> ok_codes;
    std::uint64_t max_output = 0;
    std::int64_t kill_after = 0;
    bool log_errors = false;
    bool sends = true;  // an edge leads from the output
    std::string cwd;
    const flowrun_secrets* secrets = nullptr;  // null: nobody knows of any
    std::shared_ptr<NodeProcesses> processes = std::make_shared<NodeProcesses>();

    const flowrun_values* values() const { return node.values(); }
};

}  // namespace flowrun::core::exec
