#include "framing.hh"

namespace flowrun::formats {
namespace {

class Csv final : public Framing {
public:
    explicit Csv(char delimiter) : delimiter_(delimiter) {}

    Cut cut(std::string_view data, bool last) override {
        if (seen_ == 0) {  // most records have no quote at all
            const std::size_t end = data.find('\n');
            if (end != data.npos && data.substr(0, end).find('"') == data.npos) return record(end, end + 1, data);
        }
        std::size_t i = seen_;
        for (; i < data.size(); ++i) {
            const char c = data[i];
            if (state_ == quoted) {
                if (c == '"') state_ = plain;  // a doubled quote comes straight back
            } else if (c == '\n') {
                return record(i, i + 1, data);
            } else if (c == '"') {
                // A quote opens a field at its start, or again within one that was quoted; elsewhere it is text.
                if (state_ == start || was_quoted_) {
                    state_ = quoted;
                    was_quoted_ = true;
                } else {
                    state_ = plain;
                }
            } else if (c == delimiter_) {
                state_ = start;
                was_quoted_ = false;
            } else {
                state_ = plain;
                was_quoted_ = false;
            }
        }
        seen_ = i;
        if (!last) return {};
        if (data.empty()) return {.what = Cut::none};
        return record(data.size(), data.size(), data);
    }
    void discard(std::size_t size) override { seen_ -= size < seen_ ? size : seen_; }

private:
    enum State { start, plain, quoted };

    Cut record(std::size_t end, std::size_t next, std::string_view data) {
        seen_ = 0;
        state_ = start;
        was_quoted_ = false;
        if (end > 0 && data[end - 1] == '\r') --end;
        return {.what = Cut::record, .begin = 0, .end = end, .next = next};
    }

    char delimiter_;
    State state_ = start;
    bool was_quoted_ = false;  // the last character was the closing quote of a field
    std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Framing> csv_framing(char delimiter) { return std::make_unique<Csv>(delimiter); }

}  // namespace flowrun::formats
