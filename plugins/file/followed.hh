#pragma once
// One file that is followed: what is there now, and what is written behind it, until it is dropped.
//
// It is the file and not the name: renamed it is read on. Cut short (copytruncate) it is read from its start again; a
// file that was cut and has grown past where reading stood before anybody looked cannot be told from one that grew.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "finder.hh"
#include "formats/feed.hh"
#include "formats/format.hh"
#include "formats/source.hh"
#include "handle.hh"
#include "own_output.hh"
#include "state.hh"

namespace flowrun::file {

class Followed final : public formats::Source {
public:
    enum class Turn { nothing, something, stopped };

    // Throws sdk::Failure when the file is none to follow.
    Followed(sdk::Node node, sdk::Window& window, const formats::Format& format, Finder::Found found, bool told);

    const std::string& path() const { return path_; }
    Finder::Id id() const { return id_; }
    int watch() const { return watch_; }
    bool first() const { return first_; }

    int fd() const { return file_.get(); }

    // Begins behind the last line end that is there now.
    void skip_to_end();
    // Begins where it was read up to before. Throws sdk::Failure where its header cannot be read any more.
    void resume(std::uint64_t offset, std::uint64_t line);
    // Up to where it has been dealt with.
    State::Place place();
    // Emits what has come, within limits, so that another file has its turn. Throws sdk::Failure when reading fails.
    Turn turn(sdk::Call call);
    // Nothing more will come: the half line at the end counts as a record.
    void finish(sdk::Call call);

    Read read(sdk::Call call, char* to, std::size_t room) override;

    std::optional<std::int64_t> gone;  // since when it has had no name that is followed, or was last written to

private:
    static constexpr int blocks_a_turn = 16;
    static constexpr std::int64_t turn_time = 100'000'000;  // nanoseconds

    void begin(std::uint64_t position, std::uint64_t line = 1);

    sdk::Node node_;
    sdk::Window& window_;
    const formats::Format& format_;
    std::string path_;
    bool told_;
    Handle file_;
    OwnOutput own_output_;
    Finder::Id id_;
    int watch_;
    bool first_;
    std::uint64_t position_ = 0;
    Beginning beginning_;  // as it was last asked for
    int blocks_ = 0;       // read in this turn
    bool finished_ = false;
    std::unique_ptr<formats::Feed> feed_;
};

}  // namespace flowrun::file
