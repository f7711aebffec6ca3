// flowrun/cxx/table.hh: makes the C table of a component from a C++ class. C++17.
//
// No function of the table lets an exception out. A handler that is `noexcept` is called without a guard around it, so
// that `return call.forward(…)` is a jump and keeps no stack.
#ifndef FLOWRUN_CXX_TABLE_HH
#define FLOWRUN_CXX_TABLE_HH

#include <flowrun/plugin.h>
#include <flowrun/cxx/batch.hh>
#include <flowrun/cxx/builder.hh>
#include <flowrun/cxx/call.hh>
#include <flowrun/cxx/description.hh>
#include <flowrun/cxx/guard.hh>
#include <flowrun/cxx/node.hh>
#include <flowrun/cxx/ticket.hh>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    namespace detail {

    template <class T>
    struct Held {  // what `self` points at
        Held(Node n, Value settings) : node(n), component(n, settings) {}
        Node node;
        T component;
    };

#define FLOWRUN_DETECT(name, ...)           \
    template <class T, class = void>        \
    struct has_##name : std::false_type {}; \
    template <class T>                      \
    struct has_##name<T, std::void_t<decltype(__VA_ARGS__)>> : std::true_type {};
    FLOWRUN_DETECT(ports_for, &T::ports_for)
    FLOWRUN_DETECT(check, &T::check)
    FLOWRUN_DETECT(start, &T::start)
    FLOWRUN_DETECT(handle, &T::handle)
    FLOWRUN_DETECT(handle_batch, &T::handle_batch)
    FLOWRUN_DETECT(run, &T::run)
    FLOWRUN_DETECT(end, &T::end)
    FLOWRUN_DETECT(stop, &T::stop)
    FLOWRUN_DETECT(commit, &T::commit)
#undef FLOWRUN_DETECT

    template <class T>
    struct Entry {
        static Held<T>& held(void* self) noexcept { return *static_cast<Held<T>*>(self); }

        static std::int32_t ports_for(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* out) {
            return guarded([&] { return T::ports_for(Value(host->values, settings), Build(host->values, out)); },
                           [&](const Failure& failure) {
                               Build build(host->values, out);
                               (void)build.finish();  // what had been built when it threw
                               build.map().key("message").string(failure.what()).end();
                           });
        }
        static std::int32_t check(const flowrun_host* host, const flowrun_value* settings, flowrun_builder* out) {
            Build build(host->values, out);
            const auto tell = [&build](const Mistake& mistake) {
                build.map().key("message").string(mistake.message);
                if (!mistake.setting.empty()) build.key("setting").string(mistake.setting);
                if (!mistake.remedy.empty()) build.key("remedy").string(mistake.remedy);
                if (mistake.warning) build.key("warning").boolean(true);
            };
            return guarded(
                [&] {
                    const std::vector<Mistake> all = list_of(T::check(host, Value(host->values, settings)));
                    if (all.empty()) return Status::ok;
                    tell(all[0]);
                    if (all.size() > 1) {
                        build.key("more").list();
                        for (std::size_t i = 1; i < all.size(); ++i) {
                            tell(all[i]);
                            build.end();
                        }
                        build.end();
                    }
                    build.end();
                    return Status::invalid;
                },
                [&](const Failure& failure) {
                    tell({failure.what()});
                    build.end();
                });
        }
        static std::vector<Mistake> list_of(std::vector<Mistake> all) { return all; }
        static std::vector<Mistake> list_of(std::optional<Mistake> one) {
            return one ? std::vector<Mistake>{std::move(*one)} : std::vector<Mistake>();
        }
        static std::int32_t create(const flowrun_host* host, flowrun_node* node, const flowrun_value* settings,
                                   void** self) {
            const Node mine(host, node);
            return guarded([&] { *self = new Held<T>(mine, Value(host->values, settings)); },
                           [&](const Failure& failure) { mine.refuse(failure.what()); });
        }
        static void destroy(void* self) { delete static_cast<Held<T>*>(self); }
        static std::int32_t start(void* self) {
            return guarded([&] { return held(self).component.start(); },
                           [&](const Failure& failure) { held(self).node.refuse(failure.what()); });
        }
        static std::int32_t handle(void* self, flowrun_call* raw, std::uint32_t port, const flowrun_value* message) {
            Held<T>& mine = held(self);
            const Call call(mine.node.host(), raw);
            if constexpr (noexcept(mine.component.handle(call, port, Value()))) {
                return static_cast<std::int32_t>(mine.component.handle(call, port, Value(call.values(), message)));
            } else {
                return guarded_call(call,
                                    [&] { return mine.component.handle(call, port, Value(call.values(), message)); });
            }
        }
        static std::int32_t handle_batch(void* self, flowrun_call* const* calls, std::uint32_t port,
                                         const flowrun_value* const* messages, std::int32_t* results, std::uint64_t n) {
            Held<T>& mine = held(self);
            for (std::uint64_t i = 0; i < n; ++i) results[i] = FLOWRUN_OK;
            const Batch batch(mine.node.host(), calls, messages, results, n);
            return guarded([&] { return mine.component.handle_batch(batch, port); },
                           [&](const Failure& failure) {
                               for (std::uint64_t i = 0; i < n; ++i) (void)batch.call(i).fail(failure);
                           });
        }
        static std::int32_t run(void* self, flowrun_call* raw) {
            const Call call(held(self).node.host(), raw);
            return guarded_call(call, [&] { return held(self).component.run(call); });
        }
        static std::int32_t end(void* self, flowrun_call* raw) {
            const Call call(held(self).node.host(), raw);
            return guarded_call(call, [&] { return held(self).component.end(call); });
        }
        static std::int32_t commit(void* self) {
            const Node& node = held(self).node;
            return guarded([&] { return held(self).component.commit(); },
                           [&](const Failure& failure) {
                               const flowrun_error error = failure.raw();
                               node.host()->refuse(node.raw(), error.message, error.message_size);
                           });
        }
        static void stop(void* self) {
            (void)guarded([&] { held(self).component.stop(); },
                          [&](const Failure& failure) { held(self).node.log(Level::error, failure.what()); });
        }
    };

    }  // namespace detail

    // The table of T: give it a name, or let FLOWRUN_PLUGIN make them all.
    template <class T>
    constexpr flowrun_component component() noexcept {
        using E = detail::Entry<T>;
        constexpr Description d = T::description;
        static_assert(detail::has_handle<T>::value || detail::has_run<T>::value, "a component has handle or run");
        flowrun_component table{};
        table.size = sizeof table;
        table.flags = d.flags;
        table.id = d.id;
        table.summary = d.summary;
        table.doc = d.doc;
        table.settings = d.settings;
        table.ports = d.ports;
        table.create = &E::create;
        table.destroy = &E::destroy;
        if constexpr (detail::has_ports_for<T>::value) table.ports_for = &E::ports_for;
        if constexpr (detail::has_check<T>::value) table.check = &E::check;
        if constexpr (detail::has_start<T>::value) table.start = &E::start;
        if constexpr (detail::has_handle<T>::value) table.handle = &E::handle;
        if constexpr (detail::has_handle_batch<T>::value) table.handle_batch = &E::handle_batch;
        if constexpr (detail::has_run<T>::value) {
            table.run = &E::run;
            table.flags |= FLOWRUN_SOURCE;
        }
        if constexpr (detail::has_end<T>::value) table.end = &E::end;
        if constexpr (detail::has_stop<T>::value) table.stop = &E::stop;
        if constexpr (detail::has_commit<T>::value) table.commit = &E::commit;
        return table;
    }

    namespace detail {
    template <class T>
    inline constexpr flowrun_component table = component<T>();
    template <class... T>
    inline constexpr std::array<const flowrun_component*, sizeof...(T)> tables = {&table<T>...};
    }  // namespace detail

    constexpr flowrun_plugin plugin(const char* name, const char* version, const flowrun_component* const* components,
                                    std::size_t count) noexcept {
        flowrun_plugin entry{};
        entry.size = sizeof entry;
        entry.abi_major = FLOWRUN_ABI_MAJOR;
        entry.abi_minor = FLOWRUN_ABI_MINOR;
        entry.name = name;
        entry.version = version;
        entry.components = components;
        entry.component_count = static_cast<std::uint32_t>(count);
        return entry;
    }

}  // namespace sdk
}  // namespace flowrun

// FLOWRUN_PLUGIN("text", "1.0", Upper, Lower) at namespace scope of one source file: the symbol that a plugin exports.
#define FLOWRUN_PLUGIN(name, version, ...)                                                        \
    FLOWRUN_EXPORT const flowrun_plugin flowrun_plugin_entry =                                    \
        ::flowrun::sdk::plugin(name, version, ::flowrun::sdk::detail::tables<__VA_ARGS__>.data(), \
                               ::flowrun::sdk::detail::tables<__VA_ARGS__>.size())

#endif
