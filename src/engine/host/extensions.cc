#include "engine/host/extensions.hh"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include <flowrun/ext/claims.h>
#include <flowrun/ext/delivered.h>
#include <flowrun/ext/drain.h>
#include <flowrun/ext/item.h>
#include <flowrun/ext/outcome.h>
#include <flowrun/ext/outlet.h>
#include <flowrun/ext/reader.h>
#include <flowrun/ext/secrets.h>
#include <flowrun/ext/source.h>
#include <flowrun/ext/window.h>
#include <flowrun/ext/written.h>
#include <flowrun/ext/zone.h>

#include "base/secrets.hh"
#include "component/claims.hh"
#include "component/values_table.hh"
#include "engine/call/run_context.hh"
#include "engine/call/settings.hh"
#include "engine/host/async_emit.hh"
#include "expr/zone.hh"
#include "flow/node_settings.hh"

namespace flowrun::engine {
namespace {

const flowrun_value* item_setting(flowrun_call* call, std::uint32_t index, const flowrun_value* item) noexcept {
    return handle_of(item == nullptr ? setting(call_of(call), index) : setting(call_of(call), index, *node_of(item)));
}

void written_settings(flowrun_node* handle, flowrun_builder* out) noexcept {
    const Node& node = node_of(handle);
    const flow::CheckedNode& checked = *node.checked;
    const value::Value all = flow::as_written(node.run->checked.flow.nodes[node.index], *checked.component, checked);
    component::values_table().build_value(out, handle_of(all.get()));
}

std::uint32_t outlet_kind(flowrun_node* handle, std::uint32_t port) noexcept {
    const Node& node = node_of(handle);
    if (port >= node.outlets.size() || node.outlets[port].edges.empty()) return FLOWRUN_OUTLET_NONE;
    const auto& edges = node.outlets[port].edges;
    const bool waits = std::any_of(edges.begin(), edges.end(), [](const Edge* edge) { return !edge->async; });
    return waits ? FLOWRUN_OUTLET_SYNC : FLOWRUN_OUTLET_ASYNC;
}

std::uint32_t pays(flowrun_node* node, std::uint32_t port) noexcept { return window_pays(node_of(node), port) ? 1 : 0; }
std::int32_t emit_window(flowrun_call* call, std::uint32_t port, const flowrun_value* value, const flowrun_meta* meta,
                         flowrun_done_fn done, void* user) noexcept {
    return emit_in_order(call_of(call), port, node_of(value), meta, done, user);
}
std::int32_t wait_window(flowrun_call* call, std::uint64_t most) noexcept {
    return wait_for_window(call_of(call), most);
}

std::int32_t emit_when_delivered(flowrun_call* call, std::uint32_t port, const flowrun_value* value,
                                 const flowrun_meta* meta, flowrun_done_fn done, void* user) noexcept {
    return emit_delivered(call_of(call), port, node_of(value), meta, done, user);
}

void is_endless(flowrun_node* node) noexcept { node_of(node).run->state_of(node_of(node)).endless.store(true); }
void answers(flowrun_node* node) noexcept { node_of(node).run->state_of(node_of(node)).answers.store(true); }
void reader_gone(flowrun_node* handle) noexcept {
    const Node& node = node_of(handle);
    if (node.checked->component->writes_stdout) node.run->state_of(node).reader_gone.store(true);
}

// A run that ends because it has had its messages takes no more.
std::int32_t enter_drain(flowrun_call* handle) noexcept {
    Call& call = call_of(handle);
    const bool stopping = call.thread->run.shutdown.phase() == Shutdown::Phase::stopping;
    if (call.kind != Call::Kind::source || !stopping) return FLOWRUN_E_CANCELLED;
    call.draining = true;
    return FLOWRUN_OK;
}

std::uint32_t outcome_so_far(flowrun_node* node) noexcept {
    const RunContext& run = *node_of(node).run;
    const Totals& totals = run.totals;
    const bool failed = totals.root_failed.load() != 0 || totals.raised.load() != 0 || totals.unclaimed.load() != 0 ||
                        totals.refused.load() != 0;
    std::uint32_t all = 0;
    if (run.cut_short() || run.shutdown.cancelled()) all |= FLOWRUN_OUTCOME_CUT_SHORT;
    if (failed) all |= FLOWRUN_OUTCOME_FAILED;
    return all;
}

// nullptr: there is no such zone.
const expr::Zone* zone_of(const char* name, std::uint64_t size) {
    const std::string_view zone(name == nullptr ? "" : name, name == nullptr ? 0 : size);
    if (zone == "local") return expr::Zone::local() ? &*expr::Zone::local() : nullptr;
    return expr::Zone::known(zone).value_or(nullptr);
}

std::int32_t zone_offset(const char* name, std::uint64_t size, std::int64_t instant, std::int32_t* out) noexcept {
    const expr::Zone* zone = zone_of(name, size);
    if (zone == nullptr || out == nullptr) return FLOWRUN_E_INVALID;
    *out = zone->offset(instant);
    return FLOWRUN_OK;
}

std::int32_t zone_next_change(const char* name, std::uint64_t size, std::int64_t instant, std::int64_t* out) noexcept {
    const expr::Zone* zone = zone_of(name, size);
    if (zone == nullptr || out == nullptr) return FLOWRUN_E_INVALID;
    *out = zone->next_change(instant).value_or(INT64_MAX);
    return FLOWRUN_OK;
}

void zone_problem(const char* name, std::uint64_t size, flowrun_write_fn write, void* user) noexcept {
    if (write == nullptr || zone_of(name, size) != nullptr) return;
    const std::string_view zone(name == nullptr ? "" : name, name == nullptr ? 0 : size);
    const std::string why = zone == "local" ? expr::Zone::local().error() : expr::Zone::known(zone).error();
    write(user, why.data(), why.size());
}

void mask_secrets(const char* text, std::uint64_t size, flowrun_write_fn write, void* user) noexcept {
    if (write == nullptr || text == nullptr) return;
    const std::string masked = Secrets::of_process().masked({text, size});
    write(user, masked.data(), masked.size());
}

}  // namespace

const void* extension(const char* id) {
    static constexpr flowrun_delivered delivered = {sizeof(flowrun_delivered), 0, emit_when_delivered};
    static constexpr flowrun_drain drains = {sizeof(flowrun_drain), 0, enter_drain};
    static constexpr flowrun_item items = {sizeof(flowrun_item), 0, item_setting};
    static constexpr flowrun_source source = {sizeof(flowrun_source), 0, is_endless, answers};
    static constexpr flowrun_outcome outcomes = {sizeof(flowrun_outcome), 0, outcome_so_far};
    static constexpr flowrun_outlet outlets = {sizeof(flowrun_outlet), 0, outlet_kind};
    static constexpr flowrun_reader readers = {sizeof(flowrun_reader), 0, reader_gone};
    static constexpr flowrun_secrets secrets = {sizeof(flowrun_secrets), 0, mask_secrets};
    static constexpr flowrun_window windows = {sizeof(flowrun_window), 0, pays, emit_window, wait_window};
    static constexpr flowrun_written written = {sizeof(flowrun_written), 0, written_settings};
    static constexpr flowrun_zone zones = {sizeof(flowrun_zone), 0, zone_offset, zone_next_change, zone_problem};
    const std::string_view wanted(id == nullptr ? "" : id);
    if (wanted == FLOWRUN_CLAIMS_ID) return &component::claims_table();
    if (wanted == FLOWRUN_DELIVERED_ID) return &delivered;
    if (wanted == FLOWRUN_DRAIN_ID) return &drains;
    if (wanted == FLOWRUN_ITEM_ID) return &items;
    if (wanted == FLOWRUN_SOURCE_ID) return &source;
    if (wanted == FLOWRUN_OUTCOME_ID) return &outcomes;
    if (wanted == FLOWRUN_OUTLET_ID) return &outlets;
    if (wanted == FLOWRUN_READER_ID) return &readers;
    if (wanted == FLOWRUN_SECRETS_ID) return &secrets;
    if (wanted == FLOWRUN_WINDOW_ID) return &windows;
    if (wanted == FLOWRUN_WRITTEN_ID) return &written;
    return wanted == FLOWRUN_ZONE_ID ? &zones : nullptr;
}

}  // namespace flowrun::engine
