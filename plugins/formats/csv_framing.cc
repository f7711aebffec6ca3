#include "framing.hh"

namespace flowrun::formats {
namespace {

// A stream whose first row ends in a carriage return alone is one whose rows all may.
class Csv final : public Framing {
public:
    Csv(char delimiter, std::uint64_t skip, char comment) : delimiter_(delimiter), skip_(skip), comment_(comment) {}

    Cut cut(std::string_view data, bool last) override {
        if (!inside_ && !data.empty()) {
            inside_ = true;
            between_ = skip_ > 0 || (comment_ != '\0' && data[0] == comment_);
        }
        if (seen_ == 0 && state_ == start && !between_ &&
            ends_ == Ends::line_feed) {  // most records have no quote at all
            const std::size_t end = data.find('\n');
            if (end != data.npos && data.substr(0, end).find('"') == data.npos) return record(end, end + 1, data);
        }
        for (; seen_ < data.size(); ++seen_) {
            const char c = data[seen_];
            if (state_ == quoted) {
                if (c == '"') state_ = plain;  // a doubled quote comes straight back
                continue;
            }
            if (c == '\r' && ends_ == Ends::unknown) {
                if (seen_ + 1 == data.size() && !last) return {};  // what follows tells
                if (seen_ + 1 < data.size() && data[seen_ + 1] != '\n') ends_ = Ends::carriage_return;
            }
            if (c == '\n' || (c == '\r' && ends_ == Ends::carriage_return)) {
                if (ends_ == Ends::unknown) ends_ = Ends::line_feed;
                return record(seen_, seen_ + 1, data);
            }
            if (!between_) step(c);
        }
        if (!last) return {};
        if (data.empty()) return {.what = Cut::none};
        return record(data.size(), data.size(), data);
    }
    void discard(std::size_t size) override { seen_ -= size < seen_ ? size : seen_; }
    char line_end() const override { return ends_ == Ends::carriage_return ? '\r' : '\n'; }

private:
    enum State { start, plain, quoted };
    enum class Ends { unknown, line_feed, carriage_return };

    // A quote opens a field at its start, or again within one that was quoted; elsewhere it is text.
    void step(char c) {
        if (c == '"') {
            const bool opens = state_ == start || was_quoted_;
            state_ = opens ? quoted : plain;
            was_quoted_ = was_quoted_ || opens;
        } else {
            state_ = c == delimiter_ ? start : plain;
            was_quoted_ = false;
        }
    }

    Cut record(std::size_t end, std::size_t next, std::string_view data) {
        seen_ = 0;
        state_ = start;
        was_quoted_ = false;
        inside_ = false;
        if (between_) {
            if (skip_ > 0) --skip_;
            return {.what = Cut::none, .next = next};
        }
        if (end > 0 && data[end - 1] == '\r') --end;
        return {.what = Cut::record, .begin = 0, .end = end, .next = next};
    }

    char delimiter_;
    std::uint64_t skip_;  // lines that are left of those before the records
    char comment_;
    bool inside_ = false;   // a record or line has begun
    bool between_ = false;  // it is none of the records
    Ends ends_ = Ends::unknown;
    State state_ = start;
    bool was_quoted_ = false;  // the last character was the closing quote of a field
    std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Framing> csv_framing(char delimiter, std::uint64_t skip, char comment) {
    return std::make_unique<Csv>(delimiter, skip, comment);
}

}  // namespace flowrun::formats
