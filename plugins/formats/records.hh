#pragma once
// The records of an input, one after another, each with its place. Memory stays within the limit on one record (and
// some blocks), however long a record is: one beyond the limit is thrown away up to its end.

#include <flowrun/component.hh>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "framing.hh"
#include "input.hh"

namespace flowrun::formats {

struct Record {
    std::string_view text;     // borrowed until the next record is asked for
    std::uint64_t line = 1;    // where it begins
    std::uint64_t offset = 0;  // likewise, in bytes from the start of the stream
    std::uint64_t lines = 0;   // of what is too long: how many it goes over
};

class Records {
public:
    static constexpr std::size_t shown = 4096;  // bytes of a bad record that are shown

    enum class Next {
        record,
        too_long,  // its text is what was its beginning
        broken,    // its text is what cannot be read; nothing follows it
        end,
        later,    // nothing now; asked again it goes on
        stopped,  // Call::stopping says why
    };

    // `one_line`: a record never spans lines.
    // `offset`: where in the stream the source begins, and in which line.
    Records(Source& source, std::unique_ptr<Framing> framing, bool one_line, std::uint64_t limit,
            std::uint64_t offset = 0, std::uint64_t line = 1)
        : input_(source, offset), framing_(std::move(framing)), one_line_(one_line), limit_(limit), line_(line),
          begun_(offset > 0) {
        record_.offset = offset;
        record_.line = line;
    }

    // Throws sdk::Failure when reading fails.
    Next next(sdk::Call call);
    const Record& record() const { return record_; }
    const char* problem() const { return problem_; }  // of broken: static text
    // Where reading may go on another time, and in which line: behind the record that was given last, and what ends it.
    std::uint64_t end() const { return !gave_ || skipping_ ? record_.offset : input_.offset() + given_; }
    std::uint64_t end_line() const {
        if (!gave_ || skipping_) return record_.line;
        return line_ + (one_line_ ? (given_ > 0 ? 1U : 0U) : lines_in(given_));
    }

private:
    Next give(const Cut& cut);
    Next give_broken(const Cut& cut);
    void begin();
    void skip();
    std::uint64_t lines_of(const Cut& cut) const;
    void consume(std::size_t size, bool whole_record);
    std::uint64_t lines_in(std::size_t size) const;

    Input input_;
    std::unique_ptr<Framing> framing_;
    bool one_line_;
    std::uint64_t limit_;
    Record record_;
    const char* problem_ = "";
    std::uint64_t line_;     // of the first byte of the input's data
    std::size_t given_ = 0;  // bytes of it that the last record took
    bool begun_, ended_ = false, finished_ = false, skipping_ = false;
    bool gave_ = false;  // a record
    std::string head_;   // of the record that is being skipped
    char last_ = '\0';   // likewise
};

}  // namespace flowrun::formats
