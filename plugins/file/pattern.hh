#pragma once
// Paths as they are given: a path, or a pattern with * ? [a-z], and with ** for any number of folders.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flowrun::file {

class Pattern {
public:
    explicit Pattern(std::string text);

    // What is wrong with it; nothing: it can be used.
    static std::optional<std::string> problem(std::string_view text);

    const std::string& text() const { return text_; }
    // It stands for one path.
    bool is_plain() const;
    // A path stands for itself, whether it is there or not; a pattern for what it matches, in the order of their bytes, and
    // one with ** for no folders. Names that begin with a dot are matched by a dot only, and ** follows no links. A pattern
    // that is the name of a file is that file too.
    std::vector<std::string> paths() const;
    // The folders in which names that match come and go, and those in which such folders do, as their paths begin with
    // them: "", "/", "logs/".
    std::vector<std::string> folders() const;
    // Whether a file of this name would be one of them.
    bool matches(std::string_view path) const;

private:
    class Walk;

    std::string text_;
    std::string fixed_;               // what stands before the first part with a wildcard
    std::vector<std::string> parts_;  // the rest, one a folder
    bool deep_ = false;               // one of them is **
};

}  // namespace flowrun::file
