// flowrun/cxx/reader.hh: reads JSON texts one after another. C++17. One thread at a time.
#ifndef FLOWRUN_CXX_READER_HH
#define FLOWRUN_CXX_READER_HH

#include <flowrun/cxx/value.hh>

#include <cstdint>
#include <memory>
#include <string_view>

namespace flowrun {
namespace sdk __attribute__((visibility("hidden"))) {

    class Reader {
    public:
        explicit Reader(const flowrun_values* table) : table_(table), reader_(table->reader_new(), Free{table}) {}

        // The value borrows `text` and this reader until its next `read`. Absent: `text` is not JSON, see error().
        Value read(std::string_view text) noexcept {
            const flowrun_value* out = nullptr;
            error_.size = sizeof error_;
            if (table_->reader_read(reader_.get(), text.data(), text.size(), &out, &error_) != FLOWRUN_OK) return {};
            return {table_, out};
        }
        // Of the last read that failed: what was wrong, and where in the text, in bytes.
        const char* error() const noexcept { return error_.message ? error_.message : ""; }
        std::uint64_t error_offset() const noexcept { return error_.offset; }

    private:
        struct Free {
            const flowrun_values* table;
            void operator()(flowrun_reader* reader) const noexcept { table->reader_free(reader); }
        };
        const flowrun_values* table_;
        std::unique_ptr<flowrun_reader, Free> reader_;
        flowrun_json_error error_{};
    };

}  // namespace sdk
}  // namespace flowrun
#endif
