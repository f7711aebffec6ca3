#pragma once
// One file that is written: the messages gathered for it, and the way in which it comes to its name.
//
// append: opened, and written behind what is there; a half line that somebody left there is ended first. Where the file is
// renamed or removed meanwhile another is made under its name (`keep_name`).
// create: the same for a file that must not be there yet.
// replace: written under another name in the same folder, which takes the file's own at the end, when all of it is on
// the disk. Until then, and when the end does not come, the file is as it was. Only a process that is killed leaves the
// other name (.NAME.….part) behind.

#include <flowrun/component.hh>

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "claim.hh"
#include "compression.hh"
#include "folder.hh"
#include "formats/encoder.hh"
#include "formats/format.hh"
#include "formats/output.hh"
#include "handle.hh"
#include "own_output.hh"

namespace flowrun::file {

enum class Mode { append, replace, create };

// What all files of a node have in common.
struct Manner {
    const flowrun_values* values;
    formats::Format format;
    Folder folder = {};
    Mode mode = Mode::append;
    Compression compress = Compression::by_file;
    int level = 0;
    bool make_folders = false;
    bool each = false;   // what is flushed can be read, where it is compressed as well
    bool alone = false;  // no other node may write to its files
    bool whole = false;  // a file holds one message, and is whole or not there
};

class Target {
public:
    // Opens it. Throws sdk::Failure, and nothing is left behind, when that cannot be done. `whole`: of this size it is known
    // to be a whole compressed file.
    Target(const Manner& manner, std::string path, off_t whole = 0);
    Target(const Target&) = delete;
    Target& operator=(const Target&) = delete;
    ~Target();  // what was not closed is given up; what was to replace the file is taken away

    const std::string& path() const { return path_; }
    int fd() const { return file_.get(); }  // -1: it is suspended
    std::size_t gathered() const { return packer_ ? text_.size() : output_->buffer().size(); }
    bool replaces() const { return manner_.mode == Mode::replace; }
    bool packs() const { return packer_ != nullptr; }
    bool failing() const { return failing_; }  // the last write
    std::uint64_t messages() const { return all_messages_; }
    std::uint64_t messages_under_name() const { return all_messages_ - messages_before_; }

    // Adds a message to what is gathered. Throws sdk::Failure for one that the format cannot hold.
    void add(sdk::Value message);
    // The message that was added last, of `size` bytes, of which a part may be written, is taken out again as far as that
    // can be: it is not in the file, but for a part of a line where others write to it as well.
    void take_back(std::size_t size);
    // Writes what is gathered. 0, or errno, and what could not be written is kept. EAGAIN: wait for fd(), and again.
    int flush();
    // Adds what belongs behind the last message: of the whole, or of a part before it is suspended.
    void end();
    void end_part();
    // Closes the descriptor until `resume`; what is gathered must have been flushed. 0, or errno.
    int suspend();
    void resume();  // throws sdk::Failure
    off_t size() const;
    // Whether the name of a file that is appended to leads to another file by now, or to none.
    bool has_lost_its_name() const;
    // Goes over to what has the name now, made where nothing has: what is gathered of a file that is not compressed goes
    // there. A compressed one must have been ended and flushed. 0, or errno.
    int take_name_again();
    // It is whole, and closed; what is gathered must have been flushed. What is to replace a file is on the disk then, and
    // `commit` gives it that name. Both throw sdk::Failure.
    void close();
    void commit();
    bool is_finished() const { return finished_; }  // it was closed

    // Of a write that failed; `which` of the gathered messages may be missing.
    sdk::Failure failure(int error, std::string_view which) const;

    std::int64_t look_at_name = 0;           // when it is time for has_lost_its_name
    std::optional<std::int64_t> since = {};  // when it came to this file, where somebody wants to know

private:
    bool is_plain() const { return !packer_; }
    void open_file();
    void open_part();
    void begin(bool may_hold_something);
    void adopt(Handle file);
    bool take_name();
    bool is_removed() const;
    bool cut_back(std::size_t size);
    void end_half_line(int readable, off_t size);
    sdk::Failure failed(std::string_view doing, int error) const;

    const Manner& manner_;
    std::string path_;      // as it is told
    std::string place_;     // of replace: where it really is, behind links
    std::string given_up_;  // the path that is taken away when this is given up; empty: none
    Claim claim_;
    OwnOutput own_output_;
    Handle file_;
    std::unique_ptr<formats::Output> output_;  // while file_ is open
    std::unique_ptr<formats::Encoder> encoder_;
    Compression compression_ = Compression::none;
    off_t known_whole_;
    std::unique_ptr<Packer> packer_;
    std::string text_;            // gathered for the packer
    std::uint64_t messages_ = 0;  // since the last flush that succeeded
    std::uint64_t all_messages_ = 0;
    std::uint64_t messages_before_ = 0;  // of all, those before this file had the name
    bool failing_ = false;
    bool finished_ = false;
    bool fresh_ = true;              // nothing has been written to the file, and nothing was there
    bool half_line_ = false;         // what was written last ends within a line
    bool half_line_before_ = false;  // the same before the last message
};

}  // namespace flowrun::file
