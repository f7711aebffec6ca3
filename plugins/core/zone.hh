#pragma once
// Local time in a zone that the runner knows.

#include <flowrun/ext/zone.h>
#include <flowrun/component.hh>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace flowrun::core {

class Zone {
public:
    Zone(const flowrun_zone* table, std::string name) : table_(table), name_(std::move(name)) {}

    // Empty: it is there.
    std::string problem() const {
        std::string text;
        if (!table_) return name_ == "UTC" ? text : "this runner knows no time zones but UTC";
        const auto add = [](void* to, const char* data, std::uint64_t size) {
            static_cast<std::string*>(to)->append(data, size);
        };
        table_->problem(name_.data(), name_.size(), add, &text);
        return text;
    }
    // Seconds east of UTC at an instant, in seconds since 1970.
    std::int64_t offset(std::int64_t instant) const {
        std::int32_t offset = 0;
        if (table_) (void)table_->offset(name_.data(), name_.size(), instant, &offset);
        return offset;
    }
    // The first instant after this one at which another offset begins; INT64_MAX: none does.
    std::int64_t next_change(std::int64_t instant) const {
        std::int64_t next = INT64_MAX;
        if (table_) (void)table_->next_change(name_.data(), name_.size(), instant, &next);
        return next;
    }

private:
    const flowrun_zone* table_;  // null: this runner has none
    std::string name_;
};

}  // namespace flowrun::core
