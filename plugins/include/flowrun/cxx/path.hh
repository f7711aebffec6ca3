// flowrun/cxx/path.hh: a prepared path into a value, such as `customer.address[0].city`. C++17.
//
// Make it once, in the component's constructor; `get` may be called on any thread.
#ifndef FLOWRUN_CXX_PATH_HH
#define FLOWRUN_CXX_PATH_HH

#include <flowrun/cxx/failure.hh>
#include <flowrun/cxx/value.hh>

#include <memory>
#include <string>
#include <string_view>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    class Path {
    public:
        // Throws Failure (invalid) when `text` is not a path.
        Path(const flowrun_values* table, std::string_view text)
            : table_(table), path_(table->path_new(text.data(), text.size()), Free{table}) {
            if (!path_) throw Failure(Status::invalid, "'" + std::string(text) + "' is not a path");
        }
        // Absent when there is nothing at this path.
        Value get(Value value) const noexcept {
            return {table_, value ? table_->path_get(path_.get(), value.raw()) : nullptr};
        }

    private:
        struct Free {
            const flowrun_values* table;
            void operator()(flowrun_path* path) const noexcept { table->path_free(path); }
        };
        const flowrun_values* table_;
        std::unique_ptr<flowrun_path, Free> path_;
    };

}  // namespace sdk
}  // namespace flowrun
#endif
