#include "flow/listeners.hh"

#include <algorithm>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace flowrun::flow {

namespace {

struct Listener {
    const NodeSpec* node;
    std::string_view name;  // of the setting
    std::string address;    // as written
    std::string host, port;
    bool numbered = false;  // it has a port, if only 0
};

// `localhost` is the address that it stands for; empty: every address. What has no port is a path, and is its own host.
void split(Listener& listener) {
    const std::string_view text = listener.address;
    const std::size_t colon = text.rfind(':');
    if (text.find('/') != text.npos || colon == text.npos) {
        listener.host = text;
        return;
    }
    listener.numbered = true;
    listener.host = text.substr(0, colon);
    listener.port = text.substr(colon + 1);
    listener.port.erase(0, std::min(listener.port.find_first_not_of('0'), listener.port.size()));
    if (listener.host == "localhost") listener.host = "127.0.0.1";
    if (listener.host == "[::]" || listener.host == "0.0.0.0") listener.host.clear();
}

bool clash(const Listener& a, const Listener& b) {
    if (a.port != b.port) return false;
    if (a.port.empty()) return a.host == b.host && !a.numbered && !b.numbered;  // port 0: any free one
    return a.host == b.host || a.host.empty() || b.host.empty();
}

std::vector<Listener> listeners_of(const Flow& flow, const std::vector<CheckedNode>& nodes) {
    std::vector<Listener> all;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].component == nullptr || !nodes[i].settings) continue;
        for (const Setting& setting : nodes[i].component->settings) {
            const value::Node* given = setting.listens ? nodes[i].settings->member(setting.name) : nullptr;
            if (given == nullptr) continue;
            const auto add = [&](const value::Node& one) {
                const auto text = one.as_string();
                if (text) split(all.emplace_back(Listener{&flow.nodes[i], setting.name, std::string(*text), {}, {}}));
            };
            if (!given->is(value::Kind::list)) add(*given);
            else
                for (const value::Node& one : value::elements(*given)) add(one);
        }
    }
    return all;
}

}  // namespace

void check_listeners(const Flow& flow, const std::vector<CheckedNode>& nodes, const Diagnostics& diagnostics) {
    const std::vector<Listener> all = listeners_of(flow, nodes);
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Listener& later = all[i];
        for (std::size_t k = 0; k < i; ++k) {
            if (all[k].node == later.node || !clash(all[k], later)) continue;
            const Tree* of = later.node->with ? later.node->with.member(later.name) : nullptr;
            diagnostics.error(of != nullptr ? of->place : later.node->uses_place,
                              fmt::format("node '{}' {} {} already", all[k].node->name,
                                          later.numbered ? "listens on" : "takes", all[k].address),
                              later.numbered
                                  ? "give each a port of its own, or let one node listen and lead edges from there"
                                  : "let one node take it, and lead edges from there");
            break;
        }
    }
}

}  // namespace flowrun::flow
