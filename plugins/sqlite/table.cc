#include "table.hh"

#include <memory>
#include <string>

#include <flowrun/cxx/queue.hh>

#include "changes.hh"
#include "location.hh"
#include "queue.hh"
#include "store.hh"
#include "verbs.hh"

namespace flowrun::sqlite {
namespace {

struct Sqlite {
    static constexpr std::uint32_t can = FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_COUNTS | FLOWRUN_QUEUE_PEEKS |
                                         FLOWRUN_QUEUE_BOUNDED | FLOWRUN_QUEUE_AUDITS | FLOWRUN_QUEUE_FSCKS |
                                         FLOWRUN_QUEUE_ORDERS;
    using Queue = sqlite::Queue;

    static void check(std::string_view url) { static_cast<void>(path_of(url)); }
    static std::unique_ptr<Queue> open(const sdk::QueueOpening& with) {
        return std::make_unique<Queue>(Store::at(path_of(view_of(with.spec.url))), with.host, with.spec, with.listener,
                                       with.user);
    }
    template <class Give>
    static void list(std::string_view url, Give&& give) {
        list_queues(path_of(url), give);
    }
    template <class Give>
    static void peek(std::string_view url, std::string_view name, bool dead, std::uint64_t from, std::uint64_t most,
                     Give&& give) {
        peek_items(path_of(url), name, dead, from, most, [&](const Item& item) { give(item.seen()); });
    }
    static std::int64_t replay(std::string_view url, std::string_view name, const sdk::Numbers& numbers) {
        return replay_dead(path_of(url), name, numbers);
    }
    static std::int64_t drop(std::string_view url, std::string_view name, bool dead, const sdk::Numbers& numbers) {
        return drop_items(path_of(url), name, dead, numbers);
    }
    static std::int64_t move(std::string_view url, std::string_view name, std::string_view to,
                             const sdk::Numbers& numbers) {
        return move_items(path_of(url), name, to, numbers);
    }
    static std::int64_t put(std::string_view url, std::string_view name, const flowrun_queue_item* items,
                            std::size_t count) {
        return put_items(path_of(url), name, {items, count});
    }
    static std::string place(std::string_view url) { return "sqlite:" + whole_path(path_of(url)); }
    template <class Give>
    static void audit(std::string_view url, Give&& give) {
        audit_queues(path_of(url), give);
    }
    template <class Give>
    static void orders(std::string_view url, std::string_view name, Give&& give) {
        orders_in(path_of(url), name, give);
    }
    template <class Say>
    static std::int64_t fsck(std::string_view url, Say&& say) {
        return look_at_all(path_of(url), say);
    }
};

}  // namespace

const flowrun_queue_table queue_table = sdk::queue_table<Sqlite>();

}  // namespace flowrun::sqlite
