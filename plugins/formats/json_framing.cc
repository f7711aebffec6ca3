// Finds the ends of JSON texts by their brackets and quotes alone; whether a text is right is the reader's to say.

#include "framing.hh"

namespace flowrun::formats {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool ends_scalar(char c) { return is_space(c) || c == ',' || c == ']' || c == '}' || c == '[' || c == '{' || c == '"'; }

class Json final : public Framing {
public:
    Cut cut(std::string_view data, bool last) override {
        if (!inside_) {
            if (const Cut before = between(data, last); before.what != Cut::record) return before;
        }
        return within(data, last);
    }
    void discard(std::size_t size) override {
        at_ -= size < at_ ? size : at_;
        begin_ -= size < begin_ ? size : begin_;
    }

private:
    enum Place { outside, first_element, element, after_element };

    // Over what stands between texts, to the first character of the next; `record` when there is one.
    Cut between(std::string_view data, bool last) {
        for (; at_ < data.size(); ++at_) {
            const char c = data[at_];
            if (is_space(c)) continue;
            if (place_ == outside && c == '[') {
                place_ = first_element;
            } else if (place_ == after_element && c == ',') {
                place_ = element;
            } else if ((place_ == after_element || place_ == first_element) && c == ']') {
                place_ = outside;
            } else if (place_ == after_element) {
                return broken("expected ',' or ']' after an element of the list");
            } else if (c == ',' || c == ']' || c == '}' || c == ':') {
                return broken("expected a value");
            } else {
                inside_ = true;
                begin_ = at_;
                depth_ = 0;
                in_string_ = escaped_ = false;
                return {.what = Cut::record};
            }
        }
        if (!last) {
            at_ = 0;  // spaces are given back as a cut of nothing
            return {.what = Cut::none, .next = data.size()};
        }
        if (place_ != outside) return broken("the list is not closed");
        return {.what = Cut::none, .next = data.size()};
    }

    Cut within(std::string_view data, bool last) {
        for (; at_ < data.size(); ++at_) {
            const char c = data[at_];
            if (in_string_) {
                if (escaped_) escaped_ = false;
                else if (c == '\\') escaped_ = true;
                else if (c == '"') {
                    in_string_ = false;
                    if (depth_ == 0) return record(at_ + 1);
                }
            } else if (c == '"' && (depth_ > 0 || at_ == begin_)) {
                in_string_ = true;
            } else if (depth_ == 0 && at_ > begin_ && ends_scalar(c)) {
                return record(at_);
            } else if (c == '{' || c == '[') {
                ++depth_;
            } else if ((c == '}' || c == ']') && --depth_ == 0) {
                return record(at_ + 1);
            }
        }
        return last ? record(at_) : Cut{};
    }

    Cut record(std::size_t end) {
        const Cut cut{.what = Cut::record, .begin = begin_, .end = end, .next = end};
        inside_ = false;
        at_ = begin_ = 0;
        if (place_ != outside) place_ = after_element;
        return cut;
    }
    Cut broken(const char* problem) { return {.what = Cut::broken, .begin = at_, .problem = problem}; }

    Place place_ = outside;
    bool inside_ = false, in_string_ = false, escaped_ = false;
    std::size_t at_ = 0, begin_ = 0;
    std::uint64_t depth_ = 0;
};

}  // namespace

std::unique_ptr<Framing> json_framing() { return std::make_unique<Json>(); }

}  // namespace flowrun::formats
