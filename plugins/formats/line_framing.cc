#include <cstring>

#include "framing.hh"

namespace flowrun::formats {
namespace {

class Lines final : public Framing {
public:
    Cut cut(std::string_view data, bool last) override {
        const auto* const found =
            seen_ < data.size() ? static_cast<const char*>(std::memchr(data.data() + seen_, '\n', data.size() - seen_))
                                : nullptr;
        if (!found && !last) {
            seen_ = data.size();
            return {};
        }
        seen_ = 0;
        if (!found && data.empty()) return {.what = Cut::none};
        const std::size_t size = found ? static_cast<std::size_t>(found - data.data()) : data.size();
        const std::size_t text = size > 0 && data[size - 1] == '\r' ? size - 1 : size;
        return {.what = Cut::record, .begin = 0, .end = text, .next = found ? size + 1 : size};
    }
    void discard(std::size_t size) override { seen_ -= size < seen_ ? size : seen_; }

private:
    std::size_t seen_ = 0;  // no '\n' before this
};

}  // namespace

std::unique_ptr<Framing> line_framing() { return std::make_unique<Lines>(); }

}  // namespace flowrun::formats
