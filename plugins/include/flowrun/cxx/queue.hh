// flowrun/cxx/queue.hh: a kind of queue (flowrun/ext/queue.h) from a class. C++17.
//
//   struct Files {
//       static constexpr std::uint32_t can = FLOWRUN_QUEUE_FIFO | FLOWRUN_QUEUE_PEEKS;
//       class Queue { … };                                       one that is open: below
//       static void check(std::string_view url);                 what can be seen of it without opening it
//       static std::unique_ptr<Queue> open(const QueueOpening&);
//       … and what the verbs of `flowrun queue` ask for: below
//   };
//   const flowrun_queue_table table = sdk::queue_table<Files>();
//
// A Queue has these; what each promises stands beside the function of its name in flowrun/ext/queue.h:
//
//   std::int32_t push(const flowrun_queue_item&, std::uint64_t push)
//   std::uint32_t take(std::uint32_t most, flowrun_item_fn give, void* user)
//   void ack(std::uint64_t lease)
//   void nack(lease, std::int64_t delay, std::uint32_t attempts, std::string_view error)      and extend
//   void reject(lease, std::uint32_t attempts, std::string_view error)
//   void enter(lease)                                         may be missing, where the backend cannot know
//   void depth(flowrun_queue_depth&)
//   void drain()
//
// It is closed by its destructor.
//
// Errors. Throw QueueError: its status and its text are told. Of what else derives from std::exception the text is told, as
// UNAVAILABLE. What answers no status (ack, nack, reject, extend, enter, drain, take) must not throw: it ends the process.
// Threads. As flowrun/ext/queue.h says.
#ifndef FLOWRUN_CXX_QUEUE_HH
#define FLOWRUN_CXX_QUEUE_HH

#include <flowrun/component_table.h>
#include <flowrun/ext/queue.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    inline flowrun_text text_of(std::string_view text) noexcept { return {text.data(), text.size()}; }
    inline std::string_view view_of(flowrun_text text) noexcept {
        return {text.data, text.data == nullptr ? 0 : static_cast<std::size_t>(text.size)};
    }

    struct QueueError {
        std::int32_t status;  // FLOWRUN_E_…
        std::string text;
    };

    // All of it outlives the queue, but for the spec.
    struct QueueOpening {
        const flowrun_host& host;
        const flowrun_queue_spec& spec;
        const flowrun_queue_listener& listener;
        void* user;  // of the listener
    };

    using Numbers = std::vector<std::uint64_t>;

    // The functions of the table, over Backend: the border that no exception passes.
    template <class Backend>
    class QueueBorder {
    public:
        static std::int32_t check(flowrun_text url, flowrun_text_fn why, void* user) noexcept {
            return bounded<std::int32_t>(why, user, [&] { return Backend::check(view_of(url)), FLOWRUN_OK; });
        }
        static flowrun_queue* open(const flowrun_host* host, const flowrun_queue_spec* spec,
                                   const flowrun_queue_listener* listener, void* user, std::int32_t* status,
                                   flowrun_text_fn why, void* why_user) noexcept {
            flowrun_queue* made = nullptr;
            *status = bounded<std::int32_t>(why, why_user, [&] {
                made = reinterpret_cast<flowrun_queue*>(Backend::open({*host, *spec, *listener, user}).release());
                return FLOWRUN_OK;
            });
            return made;
        }

        static std::int32_t push(flowrun_queue* queue, const flowrun_queue_item* item, std::uint64_t name) noexcept {
            return bounded<std::int32_t>(nullptr, nullptr, [&] { return of(queue).push(*item, name); });
        }
        static std::uint32_t take(flowrun_queue* queue, std::uint32_t most, flowrun_item_fn give, void* user) noexcept {
            return of(queue).take(most, give, user);
        }
        static void ack(flowrun_queue* queue, std::uint64_t lease) noexcept { of(queue).ack(lease); }
        static void nack(flowrun_queue* queue, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts,
                         flowrun_text error) noexcept {
            of(queue).nack(lease, delay, attempts, view_of(error));
        }
        static void reject(flowrun_queue* queue, std::uint64_t lease, std::uint32_t attempts,
                           flowrun_text error) noexcept {
            of(queue).reject(lease, attempts, view_of(error));
        }
        static void extend(flowrun_queue* queue, std::uint64_t lease, std::int64_t delay, std::uint32_t attempts,
                           flowrun_text error) noexcept {
            of(queue).extend(lease, delay, attempts, view_of(error));
        }
        static constexpr auto enter_or_none() noexcept { return enter_of<typename Backend::Queue>(0); }
        static constexpr decltype(flowrun_queue_table::audit) audit_or_none() noexcept {
            if constexpr ((Backend::can & FLOWRUN_QUEUE_AUDITS) != 0) return audit;
            return nullptr;
        }
        static std::int32_t depth(flowrun_queue* queue, flowrun_queue_depth* out) noexcept {
            return bounded<std::int32_t>(nullptr, nullptr, [&] { return of(queue).depth(*out), FLOWRUN_OK; });
        }
        static void drain(flowrun_queue* queue) noexcept { of(queue).drain(); }
        static void close(flowrun_queue* queue) noexcept { delete &of(queue); }

        static std::int32_t list(flowrun_text url, void (*give)(void*, flowrun_text, const flowrun_queue_depth*),
                                 void* user, flowrun_text_fn why, void* why_user) noexcept {
            return bounded<std::int32_t>(why, why_user, [&] {
                Backend::list(view_of(url), [&](std::string_view name, const flowrun_queue_depth& depth) {
                    give(user, text_of(name), &depth);
                });
                return FLOWRUN_OK;
            });
        }
        static std::int32_t peek(flowrun_text url, flowrun_text name, std::uint32_t select, std::uint64_t from,
                                 std::uint64_t most, flowrun_item_fn give, void* user, flowrun_text_fn why,
                                 void* why_user) noexcept {
            return bounded<std::int32_t>(why, why_user, [&] {
                Backend::peek(view_of(url), view_of(name), select == FLOWRUN_SELECT_DEAD, from, most,
                              [&](const flowrun_queue_item& item) { give(user, &item); });
                return FLOWRUN_OK;
            });
        }
        static std::int64_t replay(flowrun_text url, flowrun_text name, const std::uint64_t* numbers,
                                   std::uint64_t count, flowrun_text_fn why, void* why_user) noexcept {
            return bounded<std::int64_t>(why, why_user, [&] {
                return Backend::replay(view_of(url), view_of(name), Numbers(numbers, numbers + count));
            });
        }
        static std::int64_t drop(flowrun_text url, flowrun_text name, std::uint32_t select,
                                 const std::uint64_t* numbers, std::uint64_t count, flowrun_text_fn why,
                                 void* why_user) noexcept {
            return bounded<std::int64_t>(why, why_user, [&] {
                return Backend::drop(view_of(url), view_of(name), select == FLOWRUN_SELECT_DEAD,
                                     Numbers(numbers, numbers + count));
            });
        }
        static std::int64_t move(flowrun_text url, flowrun_text name, flowrun_text to, const std::uint64_t* numbers,
                                 std::uint64_t count, flowrun_text_fn why, void* why_user) noexcept {
            return bounded<std::int64_t>(why, why_user, [&] {
                return Backend::move(view_of(url), view_of(name), view_of(to), Numbers(numbers, numbers + count));
            });
        }
        static std::int64_t put(flowrun_text url, flowrun_text name, const flowrun_queue_item* items,
                                std::uint64_t count, flowrun_text_fn why, void* why_user) noexcept {
            return bounded<std::int64_t>(why, why_user, [&] {
                return Backend::put(view_of(url), view_of(name), items, static_cast<std::size_t>(count));
            });
        }
        static std::int32_t place(flowrun_text url, flowrun_text_fn give, void* user) noexcept {
            return bounded<std::int32_t>(nullptr, nullptr, [&] {
                const std::string place = Backend::place(view_of(url));
                return give(user, text_of(place)), FLOWRUN_OK;
            });
        }
        static constexpr decltype(flowrun_queue_table::probe) probe_or_none() noexcept {
            if constexpr ((Backend::can & FLOWRUN_QUEUE_PROBES) != 0) return probe;
            return nullptr;
        }
        static std::int32_t probe(const flowrun_queue_spec* spec, flowrun_text_fn warn, void* user, flowrun_text_fn why,
                                  void* why_user) noexcept {
            return bounded<std::int32_t>(why, why_user, [&] {
                Backend::probe(*spec, [&](std::string_view text) { warn(user, text_of(text)); });
                return FLOWRUN_OK;
            });
        }
        static constexpr decltype(flowrun_queue_table::fsck) fsck_or_none() noexcept {
            if constexpr ((Backend::can & FLOWRUN_QUEUE_FSCKS) != 0) return fsck;
            return nullptr;
        }
        static std::int64_t fsck(flowrun_text url, flowrun_text_fn tell, void* user) noexcept {
            return bounded<std::int64_t>(tell, user, [&] {
                return Backend::fsck(view_of(url), [&](std::string_view text) { tell(user, text_of(text)); });
            });
        }
        static constexpr decltype(flowrun_queue_table::orders) orders_or_none() noexcept {
            if constexpr ((Backend::can & FLOWRUN_QUEUE_ORDERS) != 0) return orders;
            return nullptr;
        }
        static std::int32_t orders(flowrun_text url, flowrun_text name,
                                   void (*give)(void*, flowrun_text, std::uint64_t), void* user, flowrun_text_fn why,
                                   void* why_user) noexcept {
            return bounded<std::int32_t>(why, why_user, [&] {
                Backend::orders(view_of(url), view_of(name), [&](std::string_view order, std::uint64_t waiting) {
                    give(user, text_of(order), waiting);
                });
                return FLOWRUN_OK;
            });
        }

    private:
        using Enter = void (*)(flowrun_queue*, std::uint64_t);
        using GiveAudit = void (*)(void*, flowrun_text, const flowrun_queue_audit*);
        template <class Queue>
        static constexpr auto enter_of(int) noexcept -> decltype(&Queue::enter, Enter()) {
            return [](flowrun_queue* queue, std::uint64_t lease) { of(queue).enter(lease); };
        }
        template <class Queue>
        static constexpr Enter enter_of(...) noexcept {
            return nullptr;
        }
        static std::int32_t audit(flowrun_text url, GiveAudit give, void* user, flowrun_text_fn why,
                                  void* why_user) noexcept {
            return bounded<std::int32_t>(why, why_user, [&] {
                Backend::audit(view_of(url), [&](std::string_view name, const flowrun_queue_audit& audit) {
                    give(user, text_of(name), &audit);
                });
                return FLOWRUN_OK;
            });
        }
        static typename Backend::Queue& of(flowrun_queue* queue) noexcept {
            return *reinterpret_cast<typename Backend::Queue*>(queue);
        }
        template <class Answer, class Body>
        static Answer bounded(flowrun_text_fn why, void* user, Body&& body) noexcept {
            try {
                return static_cast<Answer>(body());
            } catch (const QueueError& error) {
                if (why != nullptr) why(user, text_of(error.text));
                return static_cast<Answer>(error.status);
            } catch (const std::exception& error) {
                if (why != nullptr) why(user, text_of(error.what()));
                return static_cast<Answer>(FLOWRUN_E_UNAVAILABLE);
            }
        }
    };

    template <class Backend>
    constexpr flowrun_queue_table queue_table() noexcept {
        using Border = QueueBorder<Backend>;
        return {sizeof(flowrun_queue_table),
                Backend::can,
                Border::check,
                Border::open,
                Border::push,
                Border::take,
                Border::ack,
                Border::nack,
                Border::reject,
                Border::extend,
                Border::enter_or_none(),
                Border::depth,
                Border::drain,
                Border::close,
                Border::list,
                Border::peek,
                Border::replay,
                Border::drop,
                Border::move,
                Border::put,
                Border::place,
                Border::audit_or_none(),
                Border::fsck_or_none(),
                Border::orders_or_none(),
                Border::probe_or_none()};
    }

}  // namespace sdk
}  // namespace flowrun
#endif
