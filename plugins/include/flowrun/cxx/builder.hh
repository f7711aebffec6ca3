// flowrun/cxx/builder.hh: makes a value from parts. C++17. One thread at a time.
//
//   Value v = builder.map().key("id").integer(7).key("tags").list().string("new").end().end().finish();
//
// What finish() gives is borrowed from the builder until its next call, which begins a new value; absent when the calls
// did not make exactly one whole value.
#ifndef FLOWRUN_CXX_BUILDER_HH
#define FLOWRUN_CXX_BUILDER_HH

#include <flowrun/cxx/value.hh>

#include <cstdint>
#include <string_view>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    // A builder that belongs to somebody else, such as the one given to ports_for.
    class Build {
    public:
        Build(const flowrun_values* table, flowrun_builder* raw) noexcept : table_(table), raw_(raw) {}

        Build& null() noexcept { return table_->build_null(raw_), *this; }
        Build& boolean(bool v) noexcept { return table_->build_bool(raw_, v), *this; }
        Build& integer(std::int64_t v) noexcept { return table_->build_int(raw_, v), *this; }
        Build& unsigned_integer(std::uint64_t v) noexcept { return table_->build_uint(raw_, v), *this; }
        Build& real(double v) noexcept { return table_->build_double(raw_, v), *this; }
        // Not UTF-8: built as bytes, so that nothing is lost.
        Build& string(std::string_view v) noexcept {
            if (table_->build_string(raw_, v.data(), v.size()) != FLOWRUN_OK) bytes(v);
            return *this;
        }
        Build& bytes(std::string_view v) noexcept { return table_->build_bytes(raw_, v.data(), v.size()), *this; }
        Build& list() noexcept { return table_->build_list(raw_), *this; }
        Build& map() noexcept { return table_->build_map(raw_), *this; }
        Build& key(std::string_view name) noexcept {
            (void)table_->build_key(raw_, name.data(), name.size());  // not UTF-8: finish() says so by being absent
            return *this;
        }
        Build& end() noexcept { return table_->build_end(raw_), *this; }
        Build& value(Value v) noexcept {
            if (v) table_->build_value(raw_, v.raw());
            else table_->build_null(raw_);
            return *this;
        }
        // False, and nothing is built: `text` is not JSON.
        bool json(std::string_view text) noexcept {
            return table_->build_json(raw_, text.data(), text.size(), nullptr) == FLOWRUN_OK;
        }
        Value finish() noexcept { return {table_, table_->build_finish(raw_)}; }

        flowrun_builder* raw() const noexcept { return raw_; }
        const flowrun_values* table() const noexcept { return table_; }

    protected:
        const flowrun_values* table_;
        flowrun_builder* raw_;
    };

    class Builder : public Build {
    public:
        explicit Builder(const flowrun_values* table) : Build(table, table->builder_new()) {}
        Builder(const Builder&) = delete;
        Builder& operator=(const Builder&) = delete;
        ~Builder() { table_->builder_free(raw_); }
    };

}  // namespace sdk
}  // namespace flowrun
#endif
