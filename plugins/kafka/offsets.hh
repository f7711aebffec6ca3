#pragma once
// What a group knows of one partition: from where on it is read, and what behind that is dealt with already.
//
// Kafka keeps one offset a partition and group, the base, and a text beside it, the note. What is dealt with out of order stands
// in the note until all before it is dealt with too, so that it does not come again. The note also says how far messages may
// have been given out: it is committed before they are, so that who comes after a process that died knows which come again.
//
// Not promised: more than fits in the note. What does not is not covered by the commit, and may come again.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace flowrun::kafka {

class Offsets {
public:
    // Of a message that was given back and lies where it lay.
    struct Tried {
        std::uint32_t attempts = 0;
        std::int64_t due = 0;  // milliseconds since 1970; 0: at once
        bool operator==(const Tried&) const = default;
    };
    struct Commit {
        std::int64_t base = 0, given = 0;
        std::string note;
        std::int64_t complete_to = 0;  // what is dealt with before that offset stands in it
        bool covers(std::int64_t offset) const { return offset < complete_to; }
    };

    // As it was committed; a note that is not ours says nothing.
    Offsets(std::int64_t base, std::string_view note);

    // The next message; in their order. False: it was dealt with before.
    bool read(std::int64_t offset);
    // It may have been given out before, and nobody has said what came of it.
    bool is_again(std::int64_t offset) const { return offset < given_before_; }
    const Tried* tried(std::int64_t offset) const;
    void note(std::int64_t offset, const Tried& tried);

    void out(std::int64_t offset) { set(offset, State::out); }
    void back(std::int64_t offset) { set(offset, State::here); }
    void ack(std::int64_t offset);

    std::int64_t base() const { return messages_.empty() ? next_ : messages_.front().offset; }
    // How often in a row it was given out to somebody who then said nothing, without one more message dealt with.
    std::uint32_t deaths() const { return deaths_; }
    // From the second time on one at a time is given out, so that it is known which it was.
    static constexpr std::uint32_t careful_after = 2;
    bool is_careful(std::int64_t offset) const { return deaths_ >= careful_after && is_again(offset); }
    // Of what is not dealt with, the oldest.
    bool is_first(std::int64_t offset) const { return offset == base(); }

    bool may_give(std::int64_t offset) const { return offset < given_; }
    void want(std::int64_t offset) { wanted_ = wanted_ > offset + 1 ? wanted_ : offset + 1; }
    bool changed() const { return changed_ || wanted_ > given_; }
    // It says of some that they may be out.
    bool promises() const { return given_ > base(); }
    // The last one before it is left: says only what is out still.
    Commit commit(bool last, std::size_t room = 4000);
    void committed(const Commit& commit) { given_ = commit.given > given_ ? commit.given : given_; }
    void failed() { changed_ = true; }
    // How many behind the base are dealt with.
    std::int64_t ahead() const;

private:
    enum class State : std::uint8_t { here, out, done };
    struct Item {
        std::int64_t offset;
        State state;
    };
    using Run = std::pair<std::int64_t, std::int64_t>;  // from, to before

    void set(std::int64_t offset, State state);
    std::deque<Item>::iterator find(std::int64_t offset);
    void read_note(std::string_view note);
    std::vector<Run> runs() const;
    std::int64_t given(bool last) const;

    std::deque<Item> messages_;  // read, from the base on
    std::vector<Run> done_before_;
    std::map<std::int64_t, Tried> tried_;
    std::int64_t next_, given_before_ = 0, given_ = 0, wanted_ = 0;
    std::uint32_t deaths_ = 0;
    bool changed_ = false;
};

}  // namespace flowrun::kafka
