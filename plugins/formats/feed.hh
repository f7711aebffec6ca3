#pragma once
// A source's run over one stream: each record leaves by the first output, one that cannot be read is raised with its
// place, and reading goes on.

#include <flowrun/component.hh>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "format.hh"
#include "input.hh"
#include "records.hh"
#include "source.hh"

namespace flowrun::formats {

// Where the stream comes from, as its records tell it.
struct Origin {
    std::string path = {};     // goes before the place of a bad record; empty: there is but one stream
    std::uint64_t offset = 0;  // where in it the source begins
    std::uint64_t line = 1;    // and in which line
    bool told = false;         // a record leaves as {path, line, offset, value}
};

class Feed {
public:
    // Sends by `window`, which outlives it and which others may share.
    Feed(const flowrun_values* values, const Format& format, Source& source, sdk::Window& window, Origin origin = {});

    // Until the end, until there is nothing for now or the time is `until` (later: to go on call it again), or until it is
    // stopped. All that was sent is dealt with then, unless it is `later`. Throws sdk::Failure when reading fails.
    Source::More run(sdk::Call call, std::int64_t until = no_time);
    // Up to where all has been dealt with. What is under way is not, nor what was refused because the run ends.
    struct Place {
        std::uint64_t offset = 0, line = 1;
    };
    Place settled();
    bool held_up() const { return held_up_; }  // the last run ended because of the time: there may be more

private:
    static constexpr std::int64_t no_time = std::numeric_limits<std::int64_t>::max();

    bool is_time(sdk::Call call, std::int64_t until) {
        held_up_ = until != no_time && call.host()->now() >= until;
        return held_up_;
    }
    Source::More go_on(sdk::Call call, std::int64_t until);
    Source::More run_whole(sdk::Call call);
    Source::More run_blocks(sdk::Call call, std::int64_t until);
    std::string too_long(const Record& record) const;
    std::string hint(std::string_view text, std::uint64_t at);
    Decoder::Result decode(const Record& record);
    void feed(sdk::Call call, const Record& record);
    void send(sdk::Call call, sdk::Value value, std::uint64_t size, Place from, const flowrun_meta* meta = nullptr);
    void raise(sdk::Call call, const Record& record, std::uint64_t at, const std::string& problem);
    sdk::Value told(const Record& record, sdk::Value value);

    std::unique_ptr<Source> decoded_;  // where it is not UTF-8
    std::string encoding_;             // the name of what it is then
    bool header_due_;
    Origin origin_;
    bool whole_, blocks_only_;
    bool may_hint_;  // of a text that may go over several lines, once
    std::uint64_t longest_;
    sdk::Builder builder_, told_;
    std::unique_ptr<Decoder> decoder_;
    Input blocks_;  // of what has no records
    std::int64_t block_ = 0;
    bool held_up_ = false;
    Records records_;
    sdk::Window& window_;
    struct Sent {
        std::uint64_t number;  // of the window's
        Place from;
    };
    std::deque<Sent> open_;  // that were not dealt with at once; oldest first
};

}  // namespace flowrun::formats
