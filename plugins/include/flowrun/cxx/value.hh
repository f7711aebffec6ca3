// flowrun/cxx/value.hh: a value as a plugin sees it, and one that it keeps. C++17.
//
// Value is a borrowed view: two pointers, copied freely, freed by nobody. It is good until the call in which it was
// handed out ends. An *absent* Value (nothing was there) is false in a condition, and every lookup in it is absent
// again, so `message["customer"]["name"].string()` needs one check, at its end.
//
// Kept owns a reference: it outlives the call and may be used and destroyed on any thread.
#ifndef FLOWRUN_CXX_VALUE_HH
#define FLOWRUN_CXX_VALUE_HH

#include <flowrun/component_table.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    enum class Kind : std::uint32_t {
        null = FLOWRUN_NULL,
        boolean = FLOWRUN_BOOL,
        integer = FLOWRUN_INT,
        unsigned_integer = FLOWRUN_UINT,
        real = FLOWRUN_DOUBLE,
        number = FLOWRUN_NUMBER,
        string = FLOWRUN_STRING,
        bytes = FLOWRUN_BYTES,
        list = FLOWRUN_LIST,
        map = FLOWRUN_MAP,
        absent = FLOWRUN_NOTHING
    };

    class Items;
    class Entries;
    class Kept;

    class Value {
    public:
        constexpr Value() noexcept = default;
        constexpr Value(const flowrun_values* table, const flowrun_value* raw) noexcept : table_(table), raw_(raw) {}

        constexpr explicit operator bool() const noexcept { return raw_ != nullptr; }
        constexpr const flowrun_value* raw() const noexcept { return raw_; }
        constexpr const flowrun_values* table() const noexcept { return table_; }

        Kind kind() const noexcept { return raw_ ? static_cast<Kind>(table_->kind(raw_)) : Kind::absent; }
        bool is(Kind k) const noexcept { return kind() == k; }

        // Exact reads: nothing when the value is absent or of another kind (value.h says which kinds each takes).
        std::optional<bool> boolean() const noexcept {
            return read<bool, std::uint8_t>(table_ ? table_->as_bool : nullptr);
        }
        std::optional<std::int64_t> integer() const noexcept {
            return read<std::int64_t>(table_ ? table_->as_int : nullptr);
        }
        std::optional<std::uint64_t> unsigned_integer() const noexcept {
            return read<std::uint64_t>(table_ ? table_->as_uint : nullptr);
        }
        std::optional<double> real() const noexcept { return read<double>(table_ ? table_->as_double : nullptr); }
        // The bytes of a string or of bytes; `string` takes a string only.
        std::optional<std::string_view> text() const noexcept {
            const char* data = nullptr;
            std::uint64_t size = 0;
            if (!raw_ || table_->as_text(raw_, &data, &size) != FLOWRUN_OK) return std::nullopt;
            return std::string_view(data, static_cast<std::size_t>(size));
        }
        std::optional<std::string_view> string() const noexcept { return is(Kind::string) ? text() : std::nullopt; }

        // Elements of a list, entries of a map, else 0.
        std::uint64_t size() const noexcept { return raw_ ? table_->count(raw_) : 0; }
        Value operator[](std::string_view name) const noexcept {
            return {table_, raw_ ? table_->member(raw_, name.data(), name.size()) : nullptr};
        }
        Value operator[](const char* name) const noexcept { return (*this)[std::string_view(name)]; }
        Value at(std::uint64_t index) const noexcept { return {table_, raw_ ? table_->at(raw_, index) : nullptr}; }
        Items items() const noexcept;      // for (Value item : list.items())
        Entries entries() const noexcept;  // for (auto [key, value] : map.entries())

        // The JSON text as it was read; empty when there is none (value.h, json_span).
        std::string_view json_span() const noexcept {
            const char* data = nullptr;
            std::uint64_t size = 0;
            if (!raw_ || table_->json_span(raw_, &data, &size) != FLOWRUN_OK) return {};
            return {data, static_cast<std::size_t>(size)};
        }
        // Compact JSON, given to write(std::string_view) in pieces. What that throws, such as bad_alloc, is thrown here
        // behind the C functions, and it is given no more.
        template <class Write>
        void write_json(Write&& write) const {
            struct Writing {
                std::remove_reference_t<Write>& to;
                std::exception_ptr thrown;
            } writing{write, nullptr};
            auto pass = [](void* user, const char* data, std::uint64_t size) noexcept {
                auto& pieces = *static_cast<Writing*>(user);
                if (pieces.thrown) return;
                try {
                    pieces.to(std::string_view(data, static_cast<std::size_t>(size)));
                } catch (...) { pieces.thrown = std::current_exception(); }
            };
            if (raw_) table_->write_json(raw_, pass, &writing);
            if (writing.thrown) std::rethrow_exception(writing.thrown);
        }
        std::string json() const {
            std::string out;
            write_json([&out](std::string_view piece) { out.append(piece); });
            return out;
        }

        Kept keep() const noexcept;
        // Bytes that it keeps in memory once it is kept; 0: this runner cannot tell.
        std::uint64_t memory() const noexcept {
            const bool known = raw_ && table_->size > offsetof(flowrun_values, memory);
            return known ? table_->memory(raw_) : 0;
        }

    private:
        template <class T, class Wire = T>
        std::optional<T> read(std::int32_t (*get)(const flowrun_value*, Wire*)) const noexcept {
            Wire out{};
            if (!raw_ || get(raw_, &out) != FLOWRUN_OK) return std::nullopt;
            return static_cast<T>(out);
        }

        const flowrun_values* table_ = nullptr;
        const flowrun_value* raw_ = nullptr;
    };

    // Owns one reference. Move only: `keep` again for another.
    class Kept {
    public:
        Kept() noexcept = default;
        explicit Kept(Value value) noexcept
            : value_(value ? Value(value.table(), value.table()->retain(value.raw())) : Value()) {}
        Kept(Kept&& other) noexcept : value_(std::exchange(other.value_, Value())) {}
        Kept& operator=(Kept&& other) noexcept {
            std::swap(value_, other.value_);
            return *this;
        }
        Kept(const Kept&) = delete;
        Kept& operator=(const Kept&) = delete;
        ~Kept() {
            if (value_) value_.table()->release(value_.raw());
        }

        explicit operator bool() const noexcept { return static_cast<bool>(value_); }
        Value get() const noexcept { return value_; }  // borrowed from this Kept

    private:
        Value value_;
    };

    inline Kept Value::keep() const noexcept { return Kept(*this); }

    // What Value::items and Value::entries give. An absent value, or one of another kind, has none.
    class Items {
    public:
        struct End {};
        class Iterator {
        public:
            explicit Iterator(Value list) noexcept : list_(list) { ++*this; }
            Value operator*() const noexcept { return {list_.table(), item_}; }
            Iterator& operator++() noexcept {
                if (!list_ || !list_.table()->next(list_.raw(), &cursor_, nullptr, &item_)) item_ = nullptr;
                return *this;
            }
            bool operator!=(End) const noexcept { return item_ != nullptr; }

        private:
            Value list_;
            flowrun_cursor cursor_{};
            const flowrun_value* item_ = nullptr;
        };
        explicit Items(Value list) noexcept : list_(list.is(Kind::list) ? list : Value()) {}
        Iterator begin() const noexcept { return Iterator(list_); }
        End end() const noexcept { return {}; }

    private:
        Value list_;
    };

    struct Entry {
        std::string_view key;
        Value value;
    };

    class Entries {
    public:
        struct End {};
        class Iterator {
        public:
            explicit Iterator(Value map) noexcept : map_(map) { ++*this; }
            Entry operator*() const noexcept {
                return {Value(map_.table(), key_).text().value_or(std::string_view()), Value(map_.table(), value_)};
            }
            Iterator& operator++() noexcept {
                if (!map_ || !map_.table()->next(map_.raw(), &cursor_, &key_, &value_)) value_ = nullptr;
                return *this;
            }
            bool operator!=(End) const noexcept { return value_ != nullptr; }

        private:
            Value map_;
            flowrun_cursor cursor_{};
            const flowrun_value* key_ = nullptr;
            const flowrun_value* value_ = nullptr;
        };
        explicit Entries(Value map) noexcept : map_(map.is(Kind::map) ? map : Value()) {}
        Iterator begin() const noexcept { return Iterator(map_); }
        End end() const noexcept { return {}; }

    private:
        Value map_;
    };

    inline Items Value::items() const noexcept { return Items(*this); }
    inline Entries Value::entries() const noexcept { return Entries(*this); }

}  // namespace sdk
}  // namespace flowrun
#endif
