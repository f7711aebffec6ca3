#include "flow/claims.hh"

#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace flowrun::flow {

namespace {

struct Claimed {
    const NodeSpec* node;
    const Claim* claim;
};

const Place& place_of(const Claimed& claimed) {
    const Tree& with = claimed.node->with;
    const Tree* const of = with ? with.member(claimed.claim->setting) : nullptr;
    return of != nullptr ? of->place : claimed.node->uses_place;
}

// As its node calls it, and as the other does where that is otherwise.
std::string both_names(const Claim& claim, const Claim& other) {
    return claim.shown == other.shown ? claim.shown : fmt::format("{} (here {})", other.shown, claim.shown);
}

// Tells of the later one; whether there was something to tell.
bool tell_clash(const Claimed& later, const Claimed& earlier, const Diagnostics& diagnostics) {
    const Claim &mine = *later.claim, &other = *earlier.claim;
    const std::string what = both_names(mine, other);
    if (mine.reads && other.adds) {
        diagnostics.error(
            place_of(later),
            fmt::format("node '{}' adds to {}: the flow would read that without end", earlier.node->name, what),
            "let it write to another file than is read");
    } else if (mine.adds && other.reads) {
        diagnostics.error(place_of(later),
                          fmt::format("node '{}' reads {}: the flow would read what it adds there, without end",
                                      earlier.node->name, what),
                          "write to another file than is read");
    } else if (mine.writes && other.writes && (mine.alone || other.alone)) {
        diagnostics.error(place_of(later),
                          fmt::format("node '{}' writes {} already, and {} must be alone with it", earlier.node->name,
                                      what, mine.alone ? "this one" : "that one"),
                          "give each a path of its own, or let one node write and lead edges to it");
    } else {
        return false;
    }
    return true;
}

}  // namespace

void check_claims(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics) {
    std::map<std::string_view, std::vector<Claimed>> all;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        bool told = false;
        for (const Claim& claim : nodes[i].claims) {
            const Claimed later{&flow.nodes[i], &claim};
            std::vector<Claimed>& others = all[claim.thing];
            for (const Claimed& earlier : others) {
                told = told || (earlier.node != later.node && tell_clash(later, earlier, diagnostics));
            }
            others.push_back(later);
            if (told || !claim.alone || flow.nodes[i].instances <= 1) continue;
            diagnostics.error(place_of(later),
                              fmt::format("'{}' has {} instances, and each would write {}, alone", flow.nodes[i].name,
                                          flow.nodes[i].instances, claim.shown),
                              "take 'instances' out");
            told = true;
        }
    }
}

}  // namespace flowrun::flow
