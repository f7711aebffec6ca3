#include "command/stored_queues.hh"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "command/plugin_path.hh"
#include "command/queue_control.hh"
#include "command/say.hh"
#include "engine/host/host.hh"
#include "flow/queues.hh"
#include "queue/plugin_text.hh"

namespace flowrun::command {

using queue::keep_text, queue::lent, queue::view_of;

namespace {

std::unexpected<Error> refused(std::int64_t status, std::string why) {
    const bool known = status < 0 && status >= static_cast<std::int64_t>(Code::internal);
    return fail(known ? static_cast<Code>(status) : Code::unavailable, std::move(why));
}

bool is_url(const std::string& where) {
    const std::size_t colon = where.find(':');
    return colon != std::string::npos && colon != 0 && where.find('/') > colon;
}

}  // namespace

Result<void> StoredQueue::each(bool dead, std::uint64_t from, std::uint64_t most,
                               const std::function<void(const flowrun_queue_item&)>& what) const {
    std::string why;
    const auto give = [](void* user, const flowrun_queue_item* item) {
        (*static_cast<const std::function<void(const flowrun_queue_item&)>*>(user))(*item);
    };
    const std::int32_t status =
        table->peek(lent(url), lent(name), dead ? FLOWRUN_SELECT_DEAD : FLOWRUN_SELECT_WAITING, from, most, give,
                    const_cast<std::function<void(const flowrun_queue_item&)>*>(&what), keep_text, &why);
    if (status < 0) return refused(status, std::move(why));
    return {};
}

Exit told(const Error& error) {
    complain(error.message);
    if (error.code == Code::failed) return Exit::running;
    return error.code == Code::invalid ? Exit::flow : Exit::unavailable;
}

namespace {

// Another process has it open: it is asked to do it.
template <class F>
Result<std::int64_t> or_its_owner(const StoredQueue& queue, std::int64_t n, std::string why, F&& ask) {
    if (n >= 0) return n;
    if (n == static_cast<std::int64_t>(Code::failed)) {
        if (const auto owner = QueueOwner::of(*queue.table, queue.url)) return ask(*owner);
        why += ", and that process does not listen";
    }
    return refused(n, std::move(why));
}

}  // namespace

Result<std::int64_t> StoredQueue::replay(const std::vector<std::uint64_t>& numbers) const {
    std::string why;
    const std::int64_t n = table->replay(lent(url), lent(name), numbers.data(), numbers.size(), keep_text, &why);
    return or_its_owner(*this, n, std::move(why),
                        [&](const QueueOwner& owner) { return owner.change({"replay", name}, numbers); });
}

Result<std::int64_t> StoredQueue::drop(bool dead, const std::vector<std::uint64_t>& numbers) const {
    std::string why;
    const std::int64_t n = table->drop(lent(url), lent(name), dead ? FLOWRUN_SELECT_DEAD : FLOWRUN_SELECT_WAITING,
                                       numbers.data(), numbers.size(), keep_text, &why);
    return or_its_owner(*this, n, std::move(why),
                        [&](const QueueOwner& owner) { return owner.change({"drop", name, {}, dead}, numbers); });
}

Result<std::int64_t> StoredQueue::move(const std::string& to, const std::vector<std::uint64_t>& numbers) const {
    std::string why;
    const std::int64_t n =
        table->move(lent(url), lent(name), lent(to), numbers.data(), numbers.size(), keep_text, &why);
    return or_its_owner(*this, n, std::move(why),
                        [&](const QueueOwner& owner) { return owner.change({"move", name, to}, numbers); });
}

Result<std::int64_t> StoredQueue::put(const std::vector<flowrun_queue_item>& items) const {
    std::string why;
    const std::int64_t n = table->put(lent(url), lent(name), items.data(), items.size(), keep_text, &why);
    return or_its_owner(*this, n, std::move(why), [&](const QueueOwner& owner) { return owner.put(name, items); });
}

// The queues of one store, or the one that is named; a flow's queue that has not been made yet is empty.
Result<void> StoredQueues::add(component::Catalog& catalog, const std::string& url, const std::string& name,
                               Missing missing) {
    const auto table = catalog.queue_table(url.substr(0, url.find(':')));
    if (!table) return fail(Code::invalid, table.error().message);
    struct Found {
        const flowrun_queue_table* table;
        const std::string &url, &name;
        std::vector<StoredQueue>& into;
        bool any = false;
    } found{*table, url, name, queues_};
    const auto give = [](void* user, flowrun_text of, const flowrun_queue_depth* depth) {
        Found& f = *static_cast<Found*>(user);
        if (!f.name.empty() && view_of(of) != f.name) return;
        f.into.push_back({f.table, f.url, std::string(view_of(of)), *depth});
        f.any = true;
    };
    std::string why;
    const std::int32_t status = (*table)->list(lent(url), give, &found, keep_text, &why);
    const bool not_there = status < 0 || (!name.empty() && !found.any);
    if (missing == Missing::is_fine && not_there && !name.empty()) {
        queues_.push_back({*table, url, name});
        return {};
    }
    if (status < 0) return refused(status, std::move(why));
    if (not_there) return fail(Code::invalid, fmt::format("{} has no queue '{}'", flow::without_password(url), name));
    return {};
}

Result<StoredQueues> StoredQueues::at(const std::string& where, const flow::Arguments& arguments,
                                      const std::vector<std::string>& plugin_path, Missing missing) {
    StoredQueues made;
    if (is_url(where)) {
        made.catalog_ = std::make_unique<component::Catalog>(plugin_folders(plugin_path, {}), engine::host());
        const std::size_t hash = where.find('#');
        const std::string name = hash == std::string::npos ? "" : where.substr(hash + 1);
        if (auto added = made.add(*made.catalog_, where.substr(0, hash), name, missing); !added)
            return std::unexpected(added.error());
        return made;
    }
    auto file = load(where, arguments, plugin_path);
    if (!file) return fail(Code::unavailable, file.error());
    made.flow_ = std::make_unique<FlowFile>(std::move(*file));
    if (!made.flow_->checked.ok()) {
        const bool is_flow = where == "-" || where.ends_with(".yaml") || where.ends_with(".yml");
        const std::string store = is_flow ? "" : fmt::format("; a store is named by its URL, as sqlite:{}", where);
        return fail(Code::invalid,
                    fmt::format("{} has mistakes, or lacks parameters: see 'flowrun check' with the same words{}",
                                where, store));
    }
    bool any = false;
    Result<void> last;
    for (const flow::CheckedEdge& edge : made.flow_->checked.edges) {
        const auto& store = edge.queue ? edge.queue : edge.spill;
        if (!store) continue;
        any = true;
        if (auto added = made.add(*made.flow_->catalog, store->url, store->name, missing); !added) last = added;
    }
    if (!any) return fail(Code::invalid, fmt::format("{} has no durable queue", where));
    if (made.queues_.empty() && !last) return std::unexpected(last.error());
    return made;
}

Result<std::int64_t> StoredQueues::look(const std::function<void(std::string_view)>& say) const {
    std::int64_t wrong = 0;
    std::vector<std::string> seen;
    for (const StoredQueue& queue : queues_) {
        if (std::ranges::find(seen, queue.url) != seen.end()) continue;
        seen.push_back(queue.url);
        if (queue.table->fsck == nullptr) {
            return fail(Code::unavailable,
                        flow::without_password(queue.url) + " lies on a server, which looks after its own files");
        }
        const auto tell = [](void* user, flowrun_text text) {
            (*static_cast<const std::function<void(std::string_view)>*>(user))(view_of(text));
        };
        const std::int64_t n =
            queue.table->fsck(lent(queue.url), tell, const_cast<std::function<void(std::string_view)>*>(&say));
        wrong += n < 0 ? 1 : n;
    }
    return wrong;
}

}  // namespace flowrun::command
