#pragma once
// The options of an edge: each key read into an EdgeSpec, and which of them go together.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "flow/diagnostics.hh"
#include "flow/flow.hh"
#include "flow/tree.hh"

namespace flowrun::flow {

// The keys that an edge's options may have, without the keys of the long form.
std::span<const std::string_view> policy_keys();

// The options of one edge: its own, and behind them the options of `defaults.edge`. Borrows the trees.
class Policy {
public:
    // Either may be nullptr or no map (which the caller has told).
    Policy(const Tree* own, const Tree* defaults);

    // Reads all that apply to the edge's mode into `edge` and tells what is wrong, alone or together. A default that
    // has no meaning on this edge is passed over; an option of the edge's own is an error then.
    void apply(EdgeSpec& edge, const Diagnostics& diagnostics) const;

private:
    struct Option {
        std::string_view name;
        const Tree* value;
        const Place* place;  // of the key
        bool own;
    };
    const Option* find(std::string_view name) const;
    bool applies(const Option& option, const EdgeSpec& edge, const Diagnostics& diagnostics) const;
    void judge(const EdgeSpec& edge, const Diagnostics& diagnostics) const;

    std::vector<Option> options_;
};

}  // namespace flowrun::flow
