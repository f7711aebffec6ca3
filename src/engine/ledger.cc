#include "engine/ledger.hh"

#include <algorithm>

namespace flowrun::engine {

bool Ledger::adds_up() const {
    return std::all_of(edges.begin(), edges.end(), [](const Account& a) { return a.adds_up(); });
}

bool Ledger::failed() const {
    // What fails on a sync edge, or in the steps before a queue, goes to the emitter, which may have dealt with it; at a root
    // it is counted as such.
    auto lost = [](const Account& a) { return a.left != 0; };
    return raised != 0 || root_failed != 0 || unclaimed != 0 || refused != 0 || !adds_up() ||
           std::any_of(edges.begin(), edges.end(), lost);
}

}  // namespace flowrun::engine
