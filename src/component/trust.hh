#pragma once
// Whose word a plugin file is. Nobody may be able to change it, or what its path leads to, who could not change the program as
// well: root, this user, the owner of the program, its group where that may write it, and who may write the folders that lead to it.
//
// All folders of the path are judged, from the root on, with links followed by hand: the folders in which links stand too.
// A folder that others may write passes where it is sticky, as /tmp: there nobody renames what belongs to somebody else.

#include <sys/types.h>

#include <expected>
#include <optional>
#include <string>

namespace flowrun::component {

struct Distrust {
    std::string what;  // to stand after the file's name
    std::string remedy;
};

// The program that runs; who can change it needs no plugin for that.
struct Program {
    std::string path = {};  // absolute, without links; empty: not known
    std::optional<uid_t> owner = {};
    std::optional<gid_t> writing_group = {};

    static Program of_process();
    bool is_below(const std::string& folder) const;
};

std::expected<void, Distrust> trusted(const std::string& path, const Program& program = Program::of_process());

}  // namespace flowrun::component
